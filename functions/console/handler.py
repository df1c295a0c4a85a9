"""console: the hub's HTTP API for people and tools (pages come with their issue).

Trigger: HTTP API, `ANY /api/{proxy+}` (payload format 2.0). Authorization: Bearer token of the secret `hub`.
Output: JSON, as `contracts/openapi.py` describes it (`GET /api/openapi.json`). Errors: 401, 404, 409 (something
happened meanwhile), 422 (asked wrongly), all as {"error": {"code", "message", "evidence"}}.
"""

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from orderhub.contracts.api import problem, refusal, reply
from orderhub.contracts.openapi import CONSOLE
from orderhub.contracts.route import Call, Route
from orderhub.runtime import wiring
from orderhub.runtime.entry import run_task
from orderhub.runtime.operations import OPERATIONS
from orderhub.services.decide import Rejected

app = APIGatewayHttpResolver()
app.exception_handler(Rejected)(refusal)


def handler(event: dict[str, Any], context: Any) -> Any:
    if not wiring.is_allowed(event.get("headers", {})):
        return problem(401, "unauthorized", "send the API token as a bearer token")
    return run_task("console", {"request": lambda _: app.resolve(event, context)}, {"task": "request"})


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
