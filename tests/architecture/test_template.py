"""The template: functions ↔ folders, least privilege, nothing lost on the way, alarms."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.checks import template_flows as flows
from tests.architecture.checks import template_functions as functions
from tests.architecture.checks import template_policies as policies
from tests.architecture.checks.cfn import STATE_MACHINE, Template, names_in
from tests.architecture.checks.machine import machines
from tests.architecture.conftest import Plant

TEMPLATE_CHECKS: dict[str, Callable[[Template], Iterator[str]]] = {
    "every function has its limits": functions.limit_problems,
    "logs go to groups that forget": functions.log_problems,
    "every function has policies of its own": policies.role_problems,
    "no permission is wider than AWS requires": policies.star_problems,
    "a function reads only its own secrets": policies.secret_problems,
    "every queue has dead letters": flows.queue_problems,
    "a bad record takes nothing along": flows.source_problems,
    "a queue stands between a rule and a function": flows.rule_problems,
    "what is stuck rings a bell": flows.alarm_problems,
    "tables keep what they are told": flows.table_problems,
}


@pytest.mark.parametrize("check", TEMPLATE_CHECKS.values(), ids=TEMPLATE_CHECKS.keys())
def test_the_template_keeps_the_rule(repo: Path, check: Callable[[Template], Iterator[str]]) -> None:
    assert list(check(Template.of(repo))) == []


def test_functions_and_folders_are_one_to_one(repo: Path) -> None:
    assert list(functions.folder_problems(repo, Template.of(repo))) == []


def test_every_function_has_a_sample_event(repo: Path) -> None:
    assert list(functions.sample_problems(repo)) == []


def test_every_state_machine_of_the_template_is_a_file(repo: Path) -> None:
    template = Template.of(repo)
    uris = {p.get("DefinitionUri") for p in template.properties(STATE_MACHINE).values()}
    files = {path.relative_to(repo).as_posix() for path in machines(repo)}
    assert not template.exists or uris == files


GOOD: dict[str, Any] = {
    "Globals": {"Function": {"MemorySize": 256, "Handler": "handler.handler"}},
    "Resources": {
        "IngestFunction": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "CodeUri": "functions/ingest/",
                "Timeout": 30,
                "LoggingConfig": {"LogGroup": {"Ref": "IngestLogs"}},
                "Environment": {"Variables": {"HUB_SECRET_ID": {"Ref": "HubSecret"}}},
                "Policies": [
                    {
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Action": ["dynamodb:UpdateItem"],
                                "Resource": {"Fn::GetAtt": ["OrdersTable", "Arn"]},
                            },
                            {
                                "Effect": "Allow",
                                "Action": "secretsmanager:GetSecretValue",
                                "Resource": {"Ref": "HubSecret"},
                            },
                            {"Effect": "Allow", "Action": "states:SendTaskSuccess", "Resource": "*"},
                        ]
                    }
                ],
                "Events": {
                    "Inbound": {
                        "Type": "SQS",
                        "Properties": {
                            "Queue": {"Fn::GetAtt": ["InboundQueue", "Arn"]},
                            "FunctionResponseTypes": ["ReportBatchItemFailures"],
                        },
                    },
                    "Facts": {
                        "Type": "DynamoDB",
                        "Properties": {
                            "Stream": {"Fn::GetAtt": ["OrdersTable", "StreamArn"]},
                            "FunctionResponseTypes": ["ReportBatchItemFailures"],
                            "MaximumRecordAgeInSeconds": 3600,
                            "MaximumRetryAttempts": 5,
                            "BisectBatchOnFunctionError": True,
                            "DestinationConfig": {
                                "OnFailure": {"Destination": {"Fn::GetAtt": ["FactDeadLetters", "Arn"]}}
                            },
                        },
                    },
                },
            },
        },
        "IngestLogs": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 30}},
        "InboundQueue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "VisibilityTimeout": 180,
                "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["InboundDeadLetters", "Arn"]}},
            },
        },
        "InboundDeadLetters": {"Type": "AWS::SQS::Queue"},
        "FactDeadLetters": {"Type": "AWS::SQS::Queue"},
        "OrdersTable": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                "DeletionProtectionEnabled": True,
            },
        },
        "WakeRule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventPattern": {"source": ["orderhub.order"]},
                "Targets": [{"Id": "queue", "Arn": {"Fn::GetAtt": ["InboundQueue", "Arn"]}}],
            },
        },
        "Lifecycle": {"Type": "AWS::Serverless::StateMachine", "Properties": {"Policies": []}},
        "InboundOld": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "MetricName": "ApproximateAgeOfOldestMessage",
                "Dimensions": [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["InboundQueue", "QueueName"]}}],
            },
        },
        "Dead": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "Metrics": [{"Fn::GetAtt": ["InboundDeadLetters", "QueueName"]}, {"Ref": "FactDeadLetters"}]
            },
        },
        "Failed": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {"MetricName": "ExecutionsFailed", "Dimensions": [{"Value": {"Ref": "Lifecycle"}}]},
        },
    },
}

type Change = Callable[[dict[str, Any]], object]


def ingest(resources: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = resources["IngestFunction"]["Properties"]
    return properties


def statement(resources: dict[str, Any], index: int) -> dict[str, Any]:
    found: dict[str, Any] = ingest(resources)["Policies"][0]["Statement"][index]
    return found


def event(resources: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = ingest(resources)["Events"][name]["Properties"]
    return found


def kingdee(resources: dict[str, Any]) -> None:
    statement(resources, 1)["Resource"] = [{"Ref": "HubSecret"}, {"Ref": "KingdeeSecret"}]


def ruled(resources: dict[str, Any]) -> None:
    ingest(resources)["Events"]["Rule"] = {"Type": "EventBridgeRule", "Properties": {"Pattern": {}}}


def direct(resources: dict[str, Any]) -> None:
    target = {"Id": "f", "Arn": {"Fn::GetAtt": ["IngestFunction", "Arn"]}}
    resources["WakeRule"]["Properties"]["Targets"].append(target)


BROKEN: list[tuple[str, Change]] = [
    ("has no Timeout", lambda r: ingest(r).pop("Timeout")),
    ("keeps its logs for ever", lambda r: r["IngestLogs"].pop("Properties")),
    ("writes to no log group", lambda r: ingest(r).pop("LoggingConfig")),
    ("borrows a role", lambda r: ingest(r).update(Role="arn")),
    ("has no statements of its own", lambda r: ingest(r).pop("Policies")),
    ("takes a managed policy", lambda r: ingest(r)["Policies"].append("AWSLambdaExecute")),
    ("takes a policy template", lambda r: ingest(r)["Policies"].append({"DynamoDBCrudPolicy": {}})),
    ("may do dynamodb:*", lambda r: statement(r, 0).update(Action="dynamodb:*")),
    ("may dynamodb:UpdateItem on any resource", lambda r: statement(r, 0).update(Resource="*")),
    ("no business with the secret of kingdee", kingdee),
    (
        "no business with the secret of sf",
        lambda r: ingest(r)["Environment"]["Variables"].update(SF_SECRET_ID=1),
    ),
    ("secret of hub and may not read it", lambda r: statement(r, 1).update(Action="kms:Decrypt")),
    ("InboundQueue has no dead-letter queue", lambda r: r["InboundQueue"]["Properties"].pop("RedrivePolicy")),
    ("does not report batch item", lambda r: event(r, "Inbound").pop("FunctionResponseTypes")),
    ("has no MaximumRecordAge", lambda r: event(r, "Facts").pop("MaximumRecordAgeInSeconds")),
    ("has no DestinationConfig", lambda r: event(r, "Facts").pop("DestinationConfig")),
    (
        "shows a message again after 10 s",
        lambda r: r["InboundQueue"]["Properties"].update(VisibilityTimeout=10),
    ),
    ("called by a rule directly", ruled),
    ("WakeRule calls IngestFunction directly", direct),
    ("rings when InboundDeadLetters fills", lambda r: r["Dead"]["Properties"]["Metrics"].pop(0)),
    ("grow old in InboundQueue", lambda r: r.pop("InboundOld")),
    ("executions of Lifecycle fail", lambda r: r.pop("Failed")),
    ("has no stream", lambda r: r["OrdersTable"]["Properties"].pop("StreamSpecification")),
    (
        "no point-in-time recovery",
        lambda r: r["OrdersTable"]["Properties"].pop("PointInTimeRecoverySpecification"),
    ),
    ("may be deleted", lambda r: r["OrdersTable"]["Properties"].pop("DeletionProtectionEnabled")),
    ("not on demand", lambda r: r["OrdersTable"]["Properties"].pop("BillingMode")),
]


def problems(root: Path) -> str:
    template = Template.of(root)
    return "\n".join(problem for check in TEMPLATE_CHECKS.values() for problem in check(template))


def test_a_good_template_has_no_problems(plant: Plant) -> None:
    assert problems(plant({"template.yaml": json.dumps(GOOD)})) == ""


@pytest.mark.parametrize(("problem", "change"), BROKEN, ids=[problem for problem, _ in BROKEN])
def test_a_broken_template_is_named(plant: Plant, problem: str, change: Change) -> None:
    body = copy.deepcopy(GOOD)
    change(body["Resources"])
    assert problem in problems(plant({"template.yaml": json.dumps(body)}))


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"functions/orphan/handler.py": ""}, "functions/orphan/ is no function"),
        ({}, "functions/ingest/, which has no handler.py"),
    ],
)
def test_a_function_without_its_other_half_is_named(plant: Plant, files: dict[str, str], problem: str) -> None:
    root = plant({"template.yaml": json.dumps(GOOD), **files})
    assert problem in "\n".join(functions.folder_problems(root, Template.of(root)))


def test_sample_events_and_functions_that_miss_each_other_are_named(plant: Plant) -> None:
    root = plant({"functions/ingest/handler.py": "", "events/functions/gone.json": "{}"})
    assert list(functions.sample_problems(root)) == [
        "events/functions/ingest.json is missing",
        "events/functions/gone.json is for no function",
    ]


def test_short_tags_are_read(plant: Plant) -> None:
    text = "Resources:\n  A:\n    Properties: {x: !Sub '${B}-${AWS::Region}-${C.Arn}', y: !GetAtt D.Arn}"
    properties = Template.of(plant({"template.yaml": text})).properties()["A"]
    assert properties == {"x": {"Fn::Sub": "${B}-${AWS::Region}-${C.Arn}"}, "y": {"Fn::GetAtt": ["D", "Arn"]}}
    assert names_in(properties) == {"B", "AWS::Region", "C", "D"}
