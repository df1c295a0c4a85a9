"""What keeps a running order from hanging, doubling or vanishing: time-outs, retries, catches (design §6)."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.architecture.checks.machine import Machine, State
from tests.architecture.checks.tree import PACKAGE, parsed

LAMBDA_FAULTS = frozenset(
    {
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
    }
)
TOKEN_CONFLICTS = frozenset({"DynamoDb.ConditionalCheckFailedException", "DynamoDb.TransactionConflictException"})
STATES_ERRORS = frozenset(
    f"States.{name}"
    for name in (
        "ALL",
        "HeartbeatTimeout",
        "Timeout",
        "TaskFailed",
        "Permissions",
        "BranchFailed",
        "NoChoiceMatched",
        "ExceedToleratedFailureThreshold",
        "ItemReaderFailed",
        "ResultWriterFailed",
        "QueryEvaluationError",
        "Runtime",
        "DataLimitExceeded",
    )
)
AWS_ERROR = re.compile(r"^(?:Lambda|DynamoDb|Sfn|Sqs)\.[A-Z][A-Za-z0-9]*$")
WHOLE_SUBSTITUTION = re.compile(r"^\$\{[A-Za-z0-9]+\}$")
REVERSIBLE_VERBS = frozenset({"reserve", "release", "assess"})
MOST_PARTNER_RETRIES = 2


def hub_errors(root: Path) -> set[str]:
    """Names of the classes in `domain/errors.py`, the errors Python may raise into a state machine."""
    path = root / PACKAGE / "domain" / "errors.py"
    if not path.exists():
        return set()
    return {node.name for node in parsed(path).body if isinstance(node, ast.ClassDef)}


def tasks(machine: Machine) -> Iterator[tuple[str, State]]:
    yield from ((name, state) for name, state, _ in machine.states() if state.get("Type") == "Task")


def is_lambda(state: State) -> bool:
    resource = str(state.get("Resource", ""))
    return ":states:::lambda:invoke" in resource or ":lambda:" in resource or "Function" in resource


def is_token_wait(state: State) -> bool:
    return str(state.get("Resource", "")).endswith(".waitForTaskToken")


def timeout_problems(machine: Machine) -> Iterator[str]:
    for name, state in tasks(machine):
        seconds = state.get("TimeoutSeconds")
        is_number = isinstance(seconds, int) and not isinstance(seconds, bool) and seconds > 0
        if not is_number and not (isinstance(seconds, str) and WHOLE_SUBSTITUTION.match(seconds)):
            yield f"{name} has no literal TimeoutSeconds: {seconds!r}"
        for field in ("TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"):
            if field in state:
                yield f"{name}.{field} does not work everywhere this runs"


def retry_problems(machine: Machine) -> Iterator[str]:
    for name, state in tasks(machine):
        retriers = state.get("Retry", [])
        named = _errors(retriers)
        if is_lambda(state) and not named >= LAMBDA_FAULTS:
            yield f"{name} does not retry {', '.join(sorted(LAMBDA_FAULTS - named))}"
        if is_lambda(state) and "HubUnavailable" not in named:
            yield f"{name} does not retry HubUnavailable"
        if named & {"States.ALL", "States.TaskFailed"}:
            yield f"{name} retries whatever fails: only service faults and PartnerUnavailable are retried"
        for retrier in retriers:
            yield from (f"{name}: {problem}" for problem in _retrier_problems(retrier))


def _retrier_problems(retrier: Mapping[str, Any]) -> Iterator[str]:
    errors = ", ".join(retrier.get("ErrorEquals", []))
    if "MaxDelaySeconds" not in retrier or retrier.get("JitterStrategy") != "FULL":
        yield f"retry of {errors} needs MaxDelaySeconds and JitterStrategy: FULL"
    if "PartnerUnavailable" in errors and retrier.get("MaxAttempts", 3) > MOST_PARTNER_RETRIES:
        yield f"at most {MOST_PARTNER_RETRIES} quick retries of PartnerUnavailable"


def catch_problems(machine: Machine) -> Iterator[str]:
    """Named outcomes first, then States.ALL alone; a token wait knows its time-out and its lost race."""
    for name, state in tasks(machine):
        catchers = [set(catcher.get("ErrorEquals", [])) for catcher in state.get("Catch", [])]
        if not catchers or catchers[-1] != {"States.ALL"}:
            yield f"{name} does not end its Catch with States.ALL"
        named = {error for caught in catchers for error in caught} - {"States.ALL"}
        if not named:
            yield f"{name} catches no named outcome"
        if is_token_wait(state):
            handled = named | _errors(state.get("Retry", []))
            wanted = {"States.Timeout"}
            if ":dynamodb:" in state["Resource"]:
                wanted |= TOKEN_CONFLICTS
            if ":lambda:" in state["Resource"]:
                yield f"{name}: a Lambda that raises leaves its token waiting; write the token with DynamoDB"
            for error in sorted(wanted - handled):
                yield f"{name} waits for a token and does not handle {error}"


def error_name_problems(machine: Machine, known: set[str]) -> Iterator[str]:
    for name, state, _ in machine.states():
        named = _errors(state.get("Retry", [])) | _errors(state.get("Catch", []))
        for error in sorted(named):
            if error not in known | STATES_ERRORS and not AWS_ERROR.match(error):
                yield f"{name} names an error that nobody raises: {error}"


def parallel_problems(machine: Machine) -> Iterator[str]:
    """Nothing irreversible beside what may fail (P8)."""
    for name, state, flow in machine.states():
        if flow.irreversible_allowed or state.get("Type") != "Task":
            continue
        verb = payload_of(state).get("task")
        if verb not in REVERSIBLE_VERBS:
            yield f"{flow.path}{name} is not known to be reversible, inside a Parallel"


def payload_problems(machine: Machine) -> Iterator[str]:
    """A task function gets a verb and ids, never an order (design §1)."""
    for name, state in tasks(machine):
        if not is_lambda(state):
            continue
        payload = payload_of(state)
        for key in ("task", "order_id", "epoch"):
            if key not in payload:
                yield f"{name} does not pass {key}"
        if not isinstance(payload.get("task", ""), str):
            yield f"{name}: task must be a verb"
        if any(str(value).replace(" ", "") == "{%$states.input%}" for value in payload.values()):
            yield f"{name} passes its whole input on"


def payload_of(state: State) -> Mapping[str, Any]:
    """What the function receives: with the function's own ARN as Resource, the arguments themselves."""
    arguments = state.get("Arguments", {})
    if str(state.get("Resource", "")).endswith(":states:::lambda:invoke") and isinstance(arguments, Mapping):
        arguments = arguments.get("Payload", {})
    return arguments if isinstance(arguments, Mapping) else {}


def _errors(handlers: list[Mapping[str, Any]]) -> set[str]:
    return {error for handler in handlers for error in handler.get("ErrorEquals", [])}
