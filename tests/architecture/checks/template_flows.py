"""Nothing on the way is lost: dead letters, partial batches, record age, a queue before every function."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.architecture.checks.cfn import QUEUE, STATE_MACHINE, Template, names_in

ALARM = "AWS::CloudWatch::Alarm"
TABLE = "AWS::DynamoDB::Table"
MAPPING = "AWS::Lambda::EventSourceMapping"
TABLES_OF_THE_TRUTH = {"OrdersTable", "StockTable"}
STREAM_KINDS = {"DynamoDB", "Kinesis"}

type Source = tuple[str, str, str, Mapping[str, Any]]


def dead_letters(template: Template) -> set[str]:
    """The queues that receive what others could not handle."""
    queues = template.properties(QUEUE)
    found: set[str] = set()
    for properties in template.properties().values():
        found |= names_in(properties.get("RedrivePolicy", {})) | names_in(properties.get("DeadLetterConfig", {}))
        for target in properties.get("Targets", []) if isinstance(properties.get("Targets"), list) else []:
            found |= names_in(target.get("DeadLetterConfig", {}))
        for event in _events(properties).values():
            inner = event.get("Properties", {})
            found |= names_in(inner.get("DestinationConfig", {})) | names_in(inner.get("DeadLetterConfig", {}))
    return found & set(queues)


def queue_problems(template: Template) -> Iterator[str]:
    dead = dead_letters(template)
    for name, queue in template.properties(QUEUE).items():
        if name in dead:
            continue
        if "RedrivePolicy" not in queue:
            yield f"{name} has no dead-letter queue"


def sources(template: Template) -> Iterator[Source]:
    """(function, name, kind, properties) of every queue or stream that a function reads."""
    for function, properties in template.functions().items():
        for name, event in _events(properties).items():
            if event.get("Type") in {"SQS", *STREAM_KINDS}:
                yield function, name, event["Type"], event.get("Properties", {})
    for name, properties in template.properties(MAPPING).items():
        kind = "SQS" if "BatchSize" in properties and "StartingPosition" not in properties else "DynamoDB"
        yield next(iter(names_in(properties.get("FunctionName"))), "?"), name, kind, properties


def source_problems(template: Template) -> Iterator[str]:
    """One bad message never takes its batch along, and never blocks a shard for ever (P11)."""
    queues = template.properties(QUEUE)
    for function, name, kind, properties in sources(template):
        where = f"{function}.{name}"
        if "ReportBatchItemFailures" not in properties.get("FunctionResponseTypes", []):
            yield f"{where} does not report batch item failures"
        if kind in STREAM_KINDS:
            wanted = ("MaximumRecordAgeInSeconds", "MaximumRetryAttempts", "BisectBatchOnFunctionError")
            yield from (f"{where} has no {key}" for key in (*wanted, "DestinationConfig") if key not in properties)
            continue
        timeout = template.functions().get(function, {}).get("Timeout")
        for queue in names_in(properties.get("Queue", properties.get("EventSourceArn"))) & set(queues):
            visible = queues[queue].get("VisibilityTimeout", 30)
            if isinstance(visible, int) and isinstance(timeout, int) and visible < timeout:
                yield f"{queue} shows a message again after {visible} s, {function} may take {timeout} s"


def rule_problems(template: Template) -> Iterator[str]:
    """EventBridge → Lambda retries and dead-letters only on AWS: a queue stands between (local-cloud.md)."""
    functions = template.functions()
    for name, rule in template.properties("AWS::Events::Rule").items():
        for target in rule.get("Targets", []) if "EventPattern" in rule else []:
            for function in sorted(names_in(target.get("Arn")) & set(functions)):
                yield f"{name} calls {function} directly; put a queue between"
    for name, properties in functions.items():
        for event_name, event in _events(properties).items():
            if event.get("Type") in {"EventBridgeRule", "CloudWatchEvent"}:
                yield f"{name}.{event_name} is called by a rule directly; put a queue between"


def alarm_problems(template: Template) -> Iterator[str]:
    """Dead letters, failed executions and the age of every working queue ring a bell."""
    alarms = template.properties(ALARM)
    watched = {name for alarm in alarms.values() for name in names_in(_watched(alarm))}
    for queue in sorted(dead_letters(template) - watched):
        yield f"nothing rings when {queue} fills"
    aged = [alarm for alarm in alarms.values() if _metric(alarm, "ApproximateAgeOfOldestMessage")]
    ageing = {name for alarm in aged for name in names_in(_watched(alarm))}
    for queue in sorted(set(template.properties(QUEUE)) - dead_letters(template) - ageing):
        yield f"nothing rings when messages grow old in {queue}"
    failing = [alarm for alarm in alarms.values() if _metric(alarm, "ExecutionsFailed")]
    broken = {name for alarm in failing for name in names_in(_watched(alarm))}
    for machine in sorted(set(template.properties(STATE_MACHINE)) - broken):
        yield f"nothing rings when executions of {machine} fail"


def table_problems(template: Template) -> Iterator[str]:
    """On demand; the tables of the truth have a stream, recovery, protection from deletion (design §4)."""
    for name, table in template.properties(TABLE).items():
        if table.get("BillingMode") != "PAY_PER_REQUEST":
            yield f"{name} is not on demand"
        if name not in TABLES_OF_THE_TRUTH:
            continue
        if "StreamViewType" not in table.get("StreamSpecification", {}):
            yield f"{name} has no stream"
        if not table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
            yield f"{name} has no point-in-time recovery"
        if "DeletionProtectionEnabled" not in table:
            yield f"{name} does not say whether it may be deleted"


def _events(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    events = properties.get("Events", {})
    return events if isinstance(events, Mapping) else {}


def _watched(alarm: Mapping[str, Any]) -> list[Any]:
    return [alarm.get("Dimensions", []), alarm.get("Metrics", [])]


def _metric(alarm: Mapping[str, Any], name: str) -> bool:
    return name in str([alarm.get("MetricName"), alarm.get("Metrics")])
