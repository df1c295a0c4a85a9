"""The hub's own stores over DynamoDB, Step Functions, KMS and EventBridge, wired from the environment."""

from functools import cache

from orderhub.adapters.aws.bus import EventBus, SqsQueue
from orderhub.adapters.aws.change_runs import StepFunctionsChangeRuns
from orderhub.adapters.aws.executions import StepFunctionsExecutions
from orderhub.adapters.aws.seal import KmsSeal
from orderhub.adapters.dynamodb.alerts import DynamoAlerts
from orderhub.adapters.dynamodb.counted_facts import DynamoCountedFacts
from orderhub.adapters.dynamodb.effects import DynamoEffects
from orderhub.adapters.dynamodb.orders import DynamoOrders
from orderhub.adapters.dynamodb.packing import DynamoPacking
from orderhub.adapters.dynamodb.rule_packs import DynamoRulePacks
from orderhub.adapters.dynamodb.staff import DynamoPresence, DynamoStaff
from orderhub.adapters.dynamodb.stock import DynamoStockStore
from orderhub.adapters.dynamodb.stock_ledger import DynamoStockLedger
from orderhub.adapters.dynamodb.tallies import DynamoTallies
from orderhub.adapters.dynamodb.verdicts import DynamoVerdicts
from orderhub.adapters.dynamodb.waiting_room import DynamoWaitingRoom
from orderhub.adapters.dynamodb.watermarks import DynamoWatermarks
from orderhub.adapters.keyed_digest import KeyedDigest
from orderhub.runtime.clients import aws, secret
from orderhub.runtime.settings import optional, required


def _orders_table() -> str:
    return required("ORDERS_TABLE")["ORDERS_TABLE"]


@cache
def orders() -> DynamoOrders:
    return DynamoOrders(aws("dynamodb"), _orders_table())


@cache
def alerts() -> DynamoAlerts:
    return DynamoAlerts(aws("dynamodb"), _orders_table())


@cache
def staff() -> DynamoStaff:
    return DynamoStaff(aws("dynamodb"), _orders_table())


@cache
def packing_board() -> DynamoPacking:
    return DynamoPacking(aws("dynamodb"), _orders_table())


@cache
def presence() -> DynamoPresence:
    return DynamoPresence(aws("dynamodb"), _orders_table())


@cache
def tallies() -> DynamoTallies:
    return DynamoTallies(aws("dynamodb"), _orders_table())


@cache
def effects() -> DynamoEffects:
    return DynamoEffects(aws("dynamodb"), _orders_table())


@cache
def rule_packs() -> DynamoRulePacks:
    return DynamoRulePacks(aws("dynamodb"), _orders_table())


@cache
def verdicts() -> DynamoVerdicts:
    return DynamoVerdicts(aws("dynamodb"), _orders_table())


@cache
def counted_facts() -> DynamoCountedFacts:
    return DynamoCountedFacts(aws("dynamodb"), _orders_table())


@cache
def waiting_room() -> DynamoWaitingRoom:
    return DynamoWaitingRoom(aws("dynamodb"), _orders_table())


@cache
def watermarks() -> DynamoWatermarks:
    return DynamoWatermarks(aws("dynamodb"), _orders_table())


@cache
def stock() -> DynamoStockStore:
    tables = required("ORDERS_TABLE", "STOCK_TABLE")
    return DynamoStockStore(
        aws("dynamodb"),
        orders_table=tables["ORDERS_TABLE"],
        stock_table=tables["STOCK_TABLE"],
        shards=int(optional("STOCK_SHARDS", "1")),
    )


@cache
def stock_ledger() -> DynamoStockLedger:
    return DynamoStockLedger(aws("dynamodb"), stock_table=required("STOCK_TABLE")["STOCK_TABLE"])


@cache
def executions() -> StepFunctionsExecutions:
    return StepFunctionsExecutions(aws("stepfunctions"), required("LIFECYCLE_ARN")["LIFECYCLE_ARN"])


@cache
def change_runs() -> StepFunctionsChangeRuns:
    return StepFunctionsChangeRuns(aws("stepfunctions"), required("CHANGE_ADDRESS_ARN")["CHANGE_ADDRESS_ARN"])


@cache
def seal() -> KmsSeal:
    return KmsSeal(aws("kms"), required("KMS_KEY_ID")["KMS_KEY_ID"])


@cache
def digest() -> KeyedDigest:
    hub = secret("HUB_SECRET_ID")
    return KeyedDigest(lambda: str(hub.content()["phone_digest_key"]))


@cache
def bus() -> EventBus:
    return EventBus(aws("events"), required("EVENT_BUS")["EVENT_BUS"])


@cache
def queue(variable: str) -> SqsQueue:
    return SqsQueue(aws("sqs"), required(variable)[variable])
