"""labels: where people look at personal data: a parcel's label as PDF or PNG, an audited reveal, a change tried out.

Triggers: HTTP API (payload format 2.0), `GET /api/orders/{order_id}/labels/{file}` with the bearer token of the secret
`hub`, `GET /orders/{order_id}/labels/{file}` with a session (the receiver is masked, but for who packs and prints); and
`console`, which invokes it with {"task": "reveal" | "preview_address", …} (ADR 0017). Output: the file, base64 for API
Gateway, with headers x-label-state, -version, -digest, -warnings; of one with its receiver the fact is on the order's
timeline before. Errors: 401; 403 another shop or site; 404 no such order or parcel; 409 order unknown; 422 asked
wrongly, no sender; 503 ask again; {"error": {"code", "message", "evidence"}}.
"""

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from orderhub.contracts.api import problem, refusal
from orderhub.contracts.api_labels import PAGE_PDF, PAGE_PNG, PDF, PNG, file_reply, label_query
from orderhub.contracts.route import Route
from orderhub.runtime import opened, people, wiring
from orderhub.runtime.entry import run_task
from orderhub.runtime.request_entry import run_request
from orderhub.services.label import LabelFormat, LabelRequest, Rejected, draw_label

app = APIGatewayHttpResolver()
app.exception_handler(Rejected)(refusal)


def handler(event: dict[str, Any], context: Any) -> Any:
    if "requestContext" not in event:
        return run_task("labels", opened.TASKS, event)
    return run_request("labels", lambda: _answer(event, context))


def _answer(event: dict[str, Any], context: Any) -> Any:
    if event["rawPath"].startswith("/api/"):
        if not wiring.is_allowed(event.get("headers", {})):
            return problem(401, "unauthorized", "send the API token as a bearer token")
    elif people.signed_in(event) is None:
        return problem(401, "not_signed_in", "sign in to the console first")
    elif not people.sees_label(event):
        return problem(403, "not_yours", "an order of another shop, or asked for by another site")
    return app.resolve(event, context)


def serve(route: Route, form: LabelFormat) -> None:
    def answer(order_id: str, parcel: str) -> Response[Any]:
        event = app.current_event
        by, why, is_masked = label_query(route, event.query_string_parameters) or people.previewing(event)
        number = int(parcel) if parcel.isascii() and parcel.isdigit() and len(parcel) < 3 else 0
        label = draw_label(LabelRequest(order_id, number, form, by, why, is_masked), wiring.labels())
        told = {"state": label.state, "version": str(label.version), "digest": label.digest}
        return file_reply(label.drawn.data, label.drawn.media_type, told | {"warnings": ",".join(label.drawn.warnings)})

    app.route(route.rule, method=route.method)(answer)


for pdf, png in ((PDF, PNG), (PAGE_PDF, PAGE_PNG)):
    serve(pdf, LabelFormat.PDF)
    serve(png, LabelFormat.PNG)
