"""console: the hub's HTTP API for people and tools (pages come with their issue).

Trigger: HTTP API, `ANY /api/{proxy+}` (payload format 2.0). Authorization: Bearer token of the secret `hub`.
Output: JSON. Errors: 401, 404, 409 (somebody decided before), 422 (with the allowed values), all as
{"error": {"code", "message"}}.
"""

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from orderhub.contracts.api import DecisionRequest, problem, refusal, reply
from orderhub.runtime import wiring
from orderhub.runtime.entry import run_task
from orderhub.services import decide, decision_queue, show

app = APIGatewayHttpResolver()
app.exception_handler(decide.Rejected)(refusal)


def handler(event: dict[str, Any], context: Any) -> Any:
    if not wiring.is_allowed(event.get("headers", {})):
        return problem(401, "unauthorized", "send the API token as a bearer token")
    return run_task("console", {"request": lambda _: app.resolve(event, context)}, {"task": "request"})


@app.get("/api/orders/<order_id>")
def order(order_id: str) -> Response[Any]:
    return reply(show.order(order_id, wiring.orders(), wiring.now_ms()))


@app.get("/api/orders")
def orders() -> Response[Any]:
    return reply(show.unfinished(wiring.orders(), wiring.now_ms()))


@app.get("/api/decisions")
def decisions() -> Response[Any]:
    return reply(decision_queue.listed(decision_queue.Filter(), wiring.orders()))


@app.post("/api/decisions/<decision_id>")
def make(decision_id: str) -> Response[Any]:
    wanted = DecisionRequest.read(app.current_event.body)
    return reply(
        decide.decide_and_wake(
            decision_id, wanted.option, wanted.by, wanted.note,
            wiring.orders(), wiring.executions(), wiring.now_ms(),
        )
    )  # fmt: skip
