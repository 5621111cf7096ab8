# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""One technician who logs quarters of an hour over HTTP until the time is over.

Runs as a process of its own; prints what happened as JSON.
"""

import itertools
import json
import sys
import time
import urllib.error
import urllib.request
from datetime import date, timedelta
from http.cookiejar import CookieJar


class Client:
    def __init__(self, port, database, login):
        self.url = f"http://127.0.0.1:{port}"
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(CookieJar()),
        )
        self.rpc(
            "/web/session/authenticate",
            {"db": database, "login": login, "password": login},
        )

    def rpc(self, path, params):
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        request = urllib.request.Request(
            self.url + path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with self.opener.open(request, timeout=120) as response:
            return json.load(response)

    def log(self, ticket, day):
        """An hour's quarter; the id of the line, or None for a refusal."""
        line = {"ticket_id": ticket, "date": day, "unit_amount": 0.25, "name": "Work"}
        call = {
            "model": "account.analytic.line",
            "method": "create",
            "args": [[line]],
            "kwargs": {},
        }
        answer = self.rpc("/web/dataset/call_kw", call)
        return answer["result"][0] if "result" in answer else None


def main():
    port, database, login, first_day, seconds, *tickets = sys.argv[1:]
    client = Client(port, database, login)
    stored, refused = [], 0
    end = time.monotonic() + float(seconds)
    for number in itertools.count():
        if time.monotonic() >= end:
            break
        ticket = int(tickets[number % len(tickets)])
        day = date.fromisoformat(first_day) + timedelta(days=number // len(tickets))
        line = client.log(ticket, day.isoformat())
        if line:
            stored.append(line)
        else:
            refused += 1
    print(json.dumps({"stored": stored, "refused": refused}))


main()
