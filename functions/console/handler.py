"""console: the hub's HTTP API for people and tools, and the pages that people see.

Trigger: HTTP API, `ANY /api/{proxy+}` and `$default` (payload format 2.0). The API wants the bearer token of the
secret `hub`; pages want a session (`runtime/session.py`) and the role's leave (`pages/catalogue.py`).
Output: JSON as `contracts/openapi.py` describes it, or HTML and files. Errors: 401, 403, 404, 409 (something
happened meanwhile), 422 (asked wrongly), 503 (ask again); the API's as {"error": {"code", "message", "evidence"}}.
"""

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from orderhub.contracts.api import problem, refusal, reply
from orderhub.contracts.openapi import CONSOLE
from orderhub.contracts.route import Call, Route
from orderhub.runtime import wiring
from orderhub.runtime.entry import Unplanned
from orderhub.runtime.operations import OPERATIONS
from orderhub.runtime.request_entry import run_request
from orderhub.services.decide import Rejected
from pages import door
from pages.catalogue import PAGES

app = APIGatewayHttpResolver()
app.exception_handler(Rejected)(refusal)


def handler(event: dict[str, Any], context: Any) -> Any:
    if event["rawPath"].startswith("/api/"):
        return run_request("console", lambda: _answer_api(event, context))
    try:
        return run_request("console", lambda: app.resolve(event, context), lambda: door.plain(event, 503, door.AWAY))
    except Unplanned:
        return door.plain(event, 500, door.BROKEN)


def _answer_api(event: dict[str, Any], context: Any) -> Any:
    if not wiring.is_allowed(event.get("headers", {})):
        return problem(401, "unauthorized", "send the API token as a bearer token")
    return app.resolve(event, context)


def serve(route: Route) -> None:
    """Answer a route by its operation, with its query and body read as the contracts say."""

    def answer(**named: str) -> Response[Any]:
        asked = app.current_event
        query = route.asks.of_query(asked.query_string_parameters or {}) if route.asks else None
        body = route.takes.read(asked.body) if route.takes else None
        return reply(OPERATIONS[route.operation](Call(named, query, body)))

    app.route(route.rule, method=route.method)(answer)


for described in CONSOLE:
    serve(described)
for page in PAGES:
    door.serve(app, page)
door.lost(app)
