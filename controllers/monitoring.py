# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..engine.alerts import PayloadError, TooManyAlerts, parse

#: Bytes of one delivery. Alertmanager's largest are far below it.
MAX_BODY = 1_000_000
#: Of these the body is read as a form already.
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
#: Of both doors.
ROUTE = {
    "type": "http",
    "auth": "public",
    "methods": ["POST"],
    "csrf": False,
    "save_session": False,
    "max_content_length": MAX_BODY,
}


class MonitoringController(http.Controller):
    """The door for monitoring systems. What they may do, the token says."""

    @http.route("/support/monitoring", **ROUTE)
    def receive_bearer(self, **_parameters):
        """The token in a header, which no access log holds."""
        header = request.httprequest.headers.get("Authorization", "")
        scheme, _space, token = header.partition(" ")
        return self._receive(token.strip() if scheme.lower() == "bearer" else "")

    @http.route("/support/monitoring/<string:token>", **ROUTE)
    def receive(self, token, **_parameters):
        """The token in the address, for senders that know no headers."""
        return self._receive(token)

    def _receive(self, token):
        # Whoever is logged in, or nobody: the token alone decides, and OdooBot acts.
        env = request.env(user=SUPERUSER_ID, context={})
        record = env["support.monitoring.token"]._find(token)
        if not record:
            return self._answer(404, error="not found")
        if request.httprequest.mimetype in FORMS:
            return self._answer(400, error="Content-Type: application/json is needed")
        # More than the route allows is refused before we come here, or, where a request
        # does not say its length, is not read.
        body = request.httprequest.get_data(cache=False)
        if request.httprequest.content_length is None and len(body) >= MAX_BODY:
            return self._answer(413, error=f"send less than {MAX_BODY} bytes")
        if seconds := record._get_seconds_to_wait():
            return self._answer_too_often(seconds)
        if not record._wait_for_turn():
            return self._answer(
                503,
                headers={"Retry-After": "5"},
                error="other deliveries are still worked on: send again",
            )
        # Its contract may have ended while we waited.
        if not record._find(token):
            return self._answer(404, error="not found")
        if seconds := record._count_delivery():
            return self._answer_too_often(seconds)
        try:
            alerts = parse(body)
        except TooManyAlerts as error:
            return self._answer(413, error=str(error))
        except PayloadError as error:
            return self._answer(400, error=str(error))
        return self._answer(200, **record._receive(alerts))

    def _answer_too_often(self, seconds):
        return self._answer(
            429,
            headers={"Retry-After": str(seconds)},
            error=f"too many deliveries: send again in {seconds} seconds",
        )

    @staticmethod
    def _answer(status, headers=None, **values):
        return request.make_json_response(values, headers=headers, status=status)
