"""labels: draws a parcel's label as PDF or PNG; with warehouse and carrier the only one that opens personal data.

Trigger: HTTP API, `GET /api/orders/{order_id}/labels/{file}` (payload format 2.0). Authorization: Bearer token of the
secret `hub`. Output: the file, base64 for API Gateway, with headers x-label-state, -version, -digest, -warnings; the
fact LabelRendered is on the order's timeline before. Errors: 401; 404 no such order or parcel; 409 the shop has not
said yet what the order is; 422 asked wrongly, no sender; all as {"error": {"code", "message", "evidence"}}.
"""

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from orderhub.contracts.api import problem, refusal
from orderhub.contracts.api_labels import PDF, PNG, file_reply
from orderhub.contracts.route import Route
from orderhub.runtime import wiring
from orderhub.runtime.entry import run_task
from orderhub.services.label import LabelFormat, LabelRequest, Rejected, draw_label

app = APIGatewayHttpResolver()
app.exception_handler(Rejected)(refusal)


def handler(event: dict[str, Any], context: Any) -> Any:
    if not wiring.is_allowed(event.get("headers", {})):
        return problem(401, "unauthorized", "send the API token as a bearer token")
    return run_task("labels", {"request": lambda _: app.resolve(event, context)}, {"task": "request"})


def serve(route: Route, form: LabelFormat) -> None:
    def answer(order_id: str, parcel: str) -> Response[Any]:
        asked: Any = route.asks and route.asks.of_query(app.current_event.query_string_parameters or {})
        number = int(parcel) if parcel.isascii() and parcel.isdigit() and len(parcel) < 3 else 0
        label = draw_label(LabelRequest(order_id, number, form, asked.by, asked.why), wiring.labels())
        told = {"state": label.state, "version": str(label.version), "digest": label.digest}
        return file_reply(label.drawn.data, label.drawn.media_type, told | {"warnings": ",".join(label.drawn.warnings)})

    app.route(route.rule, method=route.method)(answer)


serve(PDF, LabelFormat.PDF)
serve(PNG, LabelFormat.PNG)
