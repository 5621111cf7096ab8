# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..engine.alerts import PayloadError, parse

#: Bytes of one delivery. Alertmanager's largest are far below it.
MAX_BODY = 1_000_000
#: Of these the body is read as a form already.
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class MonitoringController(http.Controller):
    """The door for monitoring systems. What they may do, the token says."""

    @http.route(
        "/support/monitoring/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=MAX_BODY,
    )
    def receive(self, token, **_parameters):
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
        if not record._wait_for_turn():
            return self._answer(
                503,
                headers={"Retry-After": "10"},
                error="other deliveries are still worked on: send again",
            )
        # Its contract may have ended while we waited.
        if not record._find(token):
            return self._answer(404, error="not found")
        if seconds := record._count_delivery():
            return self._answer(
                429,
                headers={"Retry-After": str(seconds)},
                error=f"too many deliveries: send again in {seconds} seconds",
            )
        try:
            alerts = parse(body)
        except PayloadError as error:
            return self._answer(400, error=str(error))
        return self._answer(200, **record._receive(alerts))

    @staticmethod
    def _answer(status, headers=None, **values):
        return request.make_json_response(values, headers=headers, status=status)
