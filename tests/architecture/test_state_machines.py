"""State machines (design §6)."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.architecture.checks.machine import Machine, machines
from tests.architecture.checks.machine_report import problems_of
from tests.architecture.checks.machine_words import usual_way
from tests.architecture.conftest import REPO, Plant

GOOD = """\
# Purpose: drive a parcel.
# Input: {order_id, epoch}.
# Time: Dispatch 30 s (client 5 s, twice); AwaitShipment wakes after a day.
# Compensation: CloseOrder, idempotent.
QueryLanguage: JSONata
StartAt: Dispatch
States:
  Dispatch:
    Type: Task
    Resource: arn:${Partition}:states:::lambda:invoke
    Arguments:
      FunctionName: ${WarehouseFunctionArn}
      Payload:
        task: dispatch
        order_id: '{% $states.input.order_id %}'
        epoch: '{% $states.input.epoch %}'
    TimeoutSeconds: ${DispatchSeconds}
    Retry:
      - ErrorEquals: [Lambda.ServiceException, Lambda.AWSLambdaException, Lambda.SdkClientException,
                      Lambda.TooManyRequestsException]
        MaxAttempts: 4
        MaxDelaySeconds: 10
        JitterStrategy: FULL
      - ErrorEquals: [PartnerUnavailable]
        MaxAttempts: 2
        MaxDelaySeconds: 3
        JitterStrategy: FULL
      - ErrorEquals: [HubUnavailable]
        MaxAttempts: 6
        MaxDelaySeconds: 60
        JitterStrategy: FULL
    Catch:
      - ErrorEquals: [Superseded]
        Next: RunSuperseded
      - ErrorEquals: [States.ALL]
        Next: RunSuperseded
    Next: AwaitShipment
  AwaitShipment:
    Type: Task
    Resource: arn:${Partition}:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken
    Arguments:
      TableName: ${OrdersTable}
    TimeoutSeconds: 86400
    Retry:
      - ErrorEquals: [DynamoDb.TransactionConflictException]
        MaxAttempts: 2
        MaxDelaySeconds: 3
        JitterStrategy: FULL
    Catch:
      - ErrorEquals: [DynamoDb.ConditionalCheckFailedException, States.Timeout, Interrupted]
        Next: IsShipped
      - ErrorEquals: [States.ALL]
        Next: RunSuperseded
    Next: IsShipped
  IsShipped:
    Type: Choice
    Choices:
      - Condition: '{% $states.input.step = "await_shipment" %}'
        Next: AwaitShipment
    Default: OrderCompleted
  OrderCompleted:
    Type: Succeed
  RunSuperseded:
    Type: Fail
    Error: Superseded
"""
HEADER = "".join(line for line in GOOD.splitlines(keepends=True) if line.startswith("#"))
ERRORS = "class HubError(Exception): ...\n" + "".join(
    f"class {name}(HubError): ...\n" for name in ("Superseded", "Interrupted", "PartnerUnavailable", "HubUnavailable")
)
JOURNEY = "class Step(StrEnum):\n    DISPATCH = 'dispatch'\n    AWAIT_SHIPMENT = 'await_shipment'\n"
TEMPLATE = """\
Resources:
  OrderLifecycle:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: statemachines/order.asl.yaml
      DefinitionSubstitutions:
        Partition: !Ref AWS::Partition
        WarehouseFunctionArn: !GetAtt WarehouseFunction.Arn
        DispatchSeconds: 30
        OrdersTable: !Ref OrdersTable
"""
FILE = "statemachines/order.asl.yaml"

type Change = Callable[[dict[str, Any]], object]


def judge(plant: Plant, text: str, template: str = TEMPLATE) -> str:
    domain = "layers/orderhub/src/orderhub/domain"
    package = {f"{domain}/errors.py": ERRORS, f"{domain}/journey.py": JOURNEY}
    root = plant({FILE: text, "template.yaml": template, **package})
    return "\n".join(problems_of(root, root / FILE))


@pytest.mark.parametrize("path", machines(REPO), ids=lambda path: path.name)
def test_the_machine_keeps_the_rules(repo: Path, path: Path) -> None:
    assert problems_of(repo, path) == []


LIFECYCLE = REPO / "statemachines" / "order_lifecycle.asl.yaml"


@pytest.mark.parametrize("path", [p for p in machines(REPO) if p == LIFECYCLE], ids=lambda path: path.name)
def test_the_usual_way_of_an_order_is_nine_states_and_asks_nothing(repo: Path, path: Path) -> None:
    machine = Machine.read(repo, path)
    way = usual_way(machine)
    assert len(way) == 9
    assert way[-1] == "OrderCompleted"
    assert not [name for name in way if machine.body["States"][name]["Type"] == "Choice"]


def test_the_usual_way_is_followed_to_its_end(plant: Plant) -> None:
    root = plant({FILE: GOOD})
    way = usual_way(Machine.read(root, root / FILE))
    assert way == ["Dispatch", "AwaitShipment", "IsShipped", "OrderCompleted"]


def test_a_good_machine_has_no_problems(plant: Plant) -> None:
    assert judge(plant, GOOD) == ""


def test_a_function_called_by_its_own_arn_gets_the_arguments(plant: Plant) -> None:
    body = yaml.safe_load(GOOD)
    task = body["States"]["Dispatch"]
    task.update(Resource="${WarehouseFunctionArn}", Arguments=task["Arguments"]["Payload"])
    substituted = "{% $states.input.due_at + 1000 * ${DispatchSeconds} %}"
    task["Arguments"]["due_at"] = substituted
    assert judge(plant, HEADER + yaml.safe_dump(body, sort_keys=False)) == ""
    del task["Arguments"]["epoch"]
    assert "does not pass epoch" in judge(plant, HEADER + yaml.safe_dump(body, sort_keys=False))


def test_a_file_that_does_not_parse_is_named(plant: Plant) -> None:
    assert "does not parse" in judge(plant, GOOD + "  : [")


@pytest.mark.parametrize("word", ["Purpose", "Input", "Time", "Compensation"])
def test_a_header_must_speak_of_everything(plant: Plant, word: str) -> None:
    wanted = {"Time": "time budget"}.get(word, word.lower())
    assert f"does not speak of its {wanted}" in judge(plant, GOOD.replace(f"# {word}", "# Something"))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("dispatch\n", "dispatch ${Stray}\n", "${Stray} is not substituted"),
        (
            "TableName: ${OrdersTable}",
            "TableName: orders",
            "substitutes OrdersTable, which the file does not use",
        ),
        ("DefinitionUri", "Definition", "no state machine with this DefinitionUri"),
    ],
)
def test_substitutions_that_differ_from_the_template_are_named(plant: Plant, old: str, new: str, problem: str) -> None:
    assert problem in judge(plant, GOOD.replace(old, new), TEMPLATE.replace(old, new))


def _rename(body: dict[str, Any], old: str, new: str) -> None:
    text = yaml.safe_dump(body, sort_keys=False).replace(f"{old}\n", f"{new}\n").replace(f"{old}:", f"{new}:")
    body.clear()
    body.update(yaml.safe_load(text))


def _poll(body: dict[str, Any]) -> None:
    body["States"]["Pause"] = {"Type": "Wait", "Seconds": 5, "Next": "IsShipped"}
    body["States"]["IsShipped"]["Choices"][0]["Next"] = "Pause"
    body["States"]["Dispatch"]["Next"] = "AwaitShipment"


def _condition(body: dict[str, Any], expression: str) -> None:
    body["States"]["IsShipped"]["Choices"][0]["Condition"] = expression


def _wait_catch(body: dict[str, Any], errors: list[str]) -> None:
    body["States"]["AwaitShipment"]["Catch"][0]["ErrorEquals"] = errors


def _lambda_token(body: dict[str, Any]) -> None:
    body["States"]["Dispatch"]["Resource"] += ".waitForTaskToken"


def _payload(body: dict[str, Any], **changes: Any) -> None:
    body["States"]["Dispatch"]["Arguments"]["Payload"].update(changes)


def _in_parallel(body: dict[str, Any]) -> None:
    task = body["States"].pop("Dispatch")
    following, task["End"] = task.pop("Next"), True
    for catcher in task["Catch"]:
        catcher["Next"] = "BranchFailed"
    branch = {"StartAt": "Dispatch", "States": {"Dispatch": task, "BranchFailed": {"Type": "Fail"}}}
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "RunSuperseded"}]
    body["States"]["Both"] = {"Type": "Parallel", "Branches": [branch], "Catch": catch, "Next": following}
    body["StartAt"] = "Both"


BROKEN: list[tuple[str, Change]] = [
    ("QueryLanguage is not JSONata", lambda m: m.pop("QueryLanguage")),
    ("StartAt names no state", lambda m: m.update(StartAt="Nowhere")),
    ("goes to a state that does not exist: Gone", lambda m: m["States"]["Dispatch"].update(Next="Gone")),
    ("does not exist: Gone", lambda m: m["States"]["IsShipped"].update(Default="Gone")),
    ("does not exist: Gone", lambda m: m["States"]["IsShipped"]["Choices"][0].update(Next="Gone")),
    ("does not exist: Gone", lambda m: m["States"]["Dispatch"]["Catch"][0].update(Next="Gone")),
    ("Alone cannot be reached", lambda m: m["States"].update(Alone={"Type": "Succeed"})),
    ("17 states", lambda m: m["States"].update({f"Step{c}": {"Type": "Succeed"} for c in "abcdefghijkl"})),
    ("needs either Next or End", lambda m: m["States"]["Dispatch"].pop("Next")),
    ("has no Default", lambda m: m["States"]["IsShipped"].pop("Default")),
    ("is not PascalCase", lambda m: _rename(m, "IsShipped", "Is_shipped")),
    ("names a Choice", lambda m: _rename(m, "IsShipped", "ShippedOrNot")),
    ("names a Choice", lambda m: _rename(m, "Dispatch", "IsDispatch")),
    ("polls", _poll),
    ("does not compile", lambda m: _condition(m, "{% $states.input.( %}")),
    ("$states has no inputs", lambda m: _condition(m, "{% $states.inputs.step = 1 %}")),
    ("must be the whole value", lambda m: _condition(m, "step {% 1 %}")),
    ("belongs to JSONPath", lambda m: m["States"]["Dispatch"].update(ResultPath="$.x")),
    ("Output of Succeed", lambda m: m["States"]["OrderCompleted"].update(Output={"a": 1})),
    ("no literal TimeoutSeconds", lambda m: m["States"]["Dispatch"].pop("TimeoutSeconds")),
    ("no literal TimeoutSeconds", lambda m: m["States"]["AwaitShipment"].pop("TimeoutSeconds")),
    ("no literal TimeoutSeconds", lambda m: m["States"]["Dispatch"].update(TimeoutSeconds="{% 30 %}")),
    ("no literal TimeoutSeconds", lambda m: m["States"]["Dispatch"].update(TimeoutSeconds=0)),
    ("does not work everywhere", lambda m: m["States"]["Dispatch"].update(HeartbeatSeconds=5)),
    ("does not retry Lambda.", lambda m: m["States"]["Dispatch"].pop("Retry")),
    ("does not retry Lambda.", lambda m: m["States"]["Dispatch"]["Retry"][0]["ErrorEquals"].pop()),
    ("does not retry HubUnavailable", lambda m: m["States"]["Dispatch"]["Retry"].pop(2)),
    (
        "retries whatever fails",
        lambda m: m["States"]["Dispatch"]["Retry"][1].update(ErrorEquals=["States.ALL"]),
    ),
    ("at most 2 quick", lambda m: m["States"]["Dispatch"]["Retry"][1].update(MaxAttempts=5)),
    ("at most 2 quick", lambda m: m["States"]["Dispatch"]["Retry"][1].pop("MaxAttempts")),
    ("needs MaxDelaySeconds", lambda m: m["States"]["Dispatch"]["Retry"][1].pop("JitterStrategy")),
    ("does not end its Catch", lambda m: m["States"]["Dispatch"].pop("Catch")),
    ("does not end its Catch", lambda m: m["States"]["Dispatch"]["Catch"].reverse()),
    ("catches no named outcome", lambda m: m["States"]["Dispatch"]["Catch"].pop(0)),
    (
        "does not handle States.Timeout",
        lambda m: _wait_catch(m, ["DynamoDb.ConditionalCheckFailedException"]),
    ),
    ("handle DynamoDb.ConditionalCheckFailed", lambda m: _wait_catch(m, ["States.Timeout"])),
    ("handle DynamoDb.TransactionConflict", lambda m: m["States"]["AwaitShipment"].pop("Retry")),
    (
        "that nobody raises: Sorry",
        lambda m: m["States"]["Dispatch"]["Catch"][0].update(ErrorEquals=["Sorry"]),
    ),
    ("that nobody raises: States.Al", lambda m: _wait_catch(m, ["States.Al"])),
    ("leaves its token waiting", _lambda_token),
    ("not known to be reversible", _in_parallel),
    ("does not pass epoch", lambda m: m["States"]["Dispatch"]["Arguments"]["Payload"].pop("epoch")),
    ("passes its whole input", lambda m: _payload(m, order="{% $states.input %}")),
    ("a task that nobody does: dispach", lambda m: _payload(m, task="dispach")),
    ("a step that does not exist: shipped", lambda m: _condition(m, "{% $states.input.next = 'shipped' %}")),
    ("task must be a verb", lambda m: _payload(m, task=["dispatch"])),
]


@pytest.mark.parametrize(("problem", "change"), BROKEN, ids=[f"{i}-{p[:30]}" for i, (p, _) in enumerate(BROKEN)])
def test_a_broken_machine_is_named(plant: Plant, problem: str, change: Change) -> None:
    body = copy.deepcopy(yaml.safe_load(GOOD))
    change(body)
    assert problem in judge(plant, HEADER + yaml.safe_dump(body, sort_keys=False))
