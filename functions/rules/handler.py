"""rules: the API of the rule desk. Kinds, versions, checking, saving, back-testing, switching (R20, R27).

Trigger: HTTP API, `ANY /api/rules` and `ANY /api/rules/{proxy+}` (payload format 2.0). Authorization: Bearer token
of the secret `hub`. Output: JSON (`…/csv`: text/csv). Errors: 401; 404 unknown kind or version; 409 somebody
switched meanwhile; 422 with a code, and `problems` by row and column for a pack; 503 ask again; all as
{"error": {"code", …}}.
"""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from orderhub.contracts import rules_api as api
from orderhub.contracts.api import problem, reply
from orderhub.runtime import wiring
from orderhub.runtime.request_entry import run_request
from orderhub.services.rules_desk import Desk, Rejected

KIND = "/api/rules/<kind>"
VERSION = f"{KIND}/<version>"

app = APIGatewayHttpResolver()
app.exception_handler(Rejected)(api.refusal)


def handler(event: dict[str, Any], context: Any) -> Any:
    return run_request("rules", lambda: _answer(event, context))


def _answer(event: dict[str, Any], context: Any) -> Any:
    if not wiring.is_allowed(event.get("headers", {})):
        return problem(401, "unauthorized", "send the API token as a bearer token")
    return app.resolve(event, context)


def shows(path: str, ask: Callable[..., Any], shape: Callable[[Any], Any] = reply) -> None:
    app.get(path)(lambda **named: shape(ask(wiring.rule_desk(), **named)))


def takes(path: str, do: Callable[..., Any], body: Any) -> None:
    def answer(**named: str) -> Any:
        said = body.read(app.current_event.decoded_body).model_dump()
        return reply(do(wiring.rule_desk(), **named, **said))

    app.post(path)(answer)


shows("/api/rules", Desk.kinds)
shows(f"{KIND}/fields", Desk.fields)
shows(f"{VERSION}/csv", Desk.csv, api.csv_reply)
shows(f"{VERSION}/against/<other>", Desk.difference)
shows(VERSION, Desk.version)
shows(KIND, Desk.versions)
takes(f"{KIND}/check", Desk.check, api.CheckRequest)
takes(f"{KIND}/backtest", Desk.attempt, api.TryRequest)
takes(f"{VERSION}/backtest", Desk.test, api.TestRequest)
takes(f"{VERSION}/switch", Desk.switch, api.SwitchRequest)
takes(KIND, Desk.save, api.SaveRequest)
