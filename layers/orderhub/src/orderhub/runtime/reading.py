"""What the read side works with: the rows of orders, what keeps them, what lists and figures are made of."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

from orderhub.adapters.dynamodb.inspections import DynamoSignatures
from orderhub.adapters.dynamodb.read_models import DynamoReadModels, DynamoWalk
from orderhub.runtime import wiring
from orderhub.runtime.clients import aws, now_ms
from orderhub.runtime.settings import required
from orderhub.runtime.stores import orders, watermarks
from orderhub.runtime.wiring import report_failure


def _read_table() -> str:
    return required("READ_TABLE")["READ_TABLE"]


@cache
def rows() -> DynamoReadModels:
    return DynamoReadModels(aws("dynamodb"), _read_table())


def tells_facts(event: Mapping[str, Any]) -> bool:
    """Whether a stream batch tells of facts (else of stock)."""
    from orderhub.adapters.dynamodb.fact_stream import tells_facts as tells

    return tells(event)


def project(event: Mapping[str, Any]) -> list[str]:
    """Bring the rows up to date with a batch of the orders table's stream; returns the records that failed."""
    from orderhub.adapters.dynamodb.fact_stream import numbered_facts
    from orderhub.services.project_orders import project as bring_up_to_date

    return bring_up_to_date(numbered_facts(event), orders(), rows(), report_failure)


def rebuild(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Make the rows anew, as far as one call comes; ``{"restart": true}`` begins. The last call also makes the figures
    of closed days anew."""
    from orderhub.services.day_figures import close_days as keep
    from orderhub.services.project_orders import rebuild as make_anew

    tables = required("ORDERS_TABLE", "READ_TABLE")
    walk = DynamoWalk(aws("dynamodb"), tables["ORDERS_TABLE"], tables["READ_TABLE"])
    made = make_anew(walk, orders(), rows(), report_failure, now_ms, event.get("restart") is True)
    return {**made, "days": keep(rows(), now_ms(), force=True)["computed"]} if made["is_done"] else made


def close_days() -> Mapping[str, Any]:
    """Keep the figures of closed days."""
    from orderhub.services.day_figures import close_days as keep

    return keep(rows(), now_ms())


# --- what people read ----------------------------------------------------------------------------------------

FRESH_MS = 500
"""How long an instance answers the same figures again: many screens ask at once."""
DEFINITION_MS = 60_000

PULSE_MS = 3_000
"""The same for what every page asks for all the time: it may be a little older."""

type Shops = tuple[str, ...]
"""Whose orders are counted, all when empty. It is part of every key: nobody gets another scope's figures."""

_kept: dict[tuple[str, ...], tuple[int, Any]] = {}


def _fresh[T](key: tuple[str, ...], ms: int, make: Callable[[], T]) -> T:
    held = _kept.get(key)
    if held and now_ms() - held[0] < ms:
        return cast("T", held[1])
    if len(_kept) > 100:
        _kept.clear()
    made = make()
    _kept[key] = now_ms(), made
    return made


@cache
def signatures() -> DynamoSignatures:
    return DynamoSignatures(aws("dynamodb"), required("ORDERS_TABLE")["ORDERS_TABLE"])


def health(day: str = "", shops: Shops = ()) -> Mapping[str, Any]:
    """The health board of a day (today when empty)."""
    from orderhub.services.show_health import health as shown

    key = ("health", day, *sorted(shops))
    return _fresh(key, FRESH_MS, lambda: shown(rows(), sources(shops), now_ms(), day, shops))


def lifecycle(shops: Shops = ()) -> Mapping[str, Any]:
    """The deployed lifecycle with live counts."""
    from orderhub.adapters.aws.definition import deployed_definition
    from orderhub.services.show_lifecycle import lifecycle as shown

    arn = required("LIFECYCLE_ARN")["LIFECYCLE_ARN"]
    machine = _fresh(("definition",), DEFINITION_MS, lambda: deployed_definition(aws("stepfunctions"), arn))
    return _fresh(("lifecycle", *sorted(shops)), FRESH_MS, lambda: shown(machine, rows(), now_ms(), shops))


def sources(shops: Shops = ()) -> list[Any]:
    """When each source of the figures was last heard of."""
    from orderhub.services.show_health import Source
    from orderhub.services.source_ages import ages

    return [Source(*age) for age in ages(rows(), watermarks(), now_ms(), shops)]


def source_ages(shops: Shops = ()) -> list[dict[str, Any]]:
    """The same in words of now, for the frame of every page: a little old, and rarely read."""
    held = _fresh(("sources", *sorted(shops)), PULSE_MS, lambda: sources(shops))
    return [source.shown(now_ms()) for source in held]


def open_decisions(shops: Shops = ()) -> Mapping[str, Any]:
    """How many decisions wait, for the frame of every page."""
    from orderhub.services.open_decisions import open_decisions as counted

    return _fresh(("decisions", *sorted(shops)), PULSE_MS, lambda: counted(wiring.orders(), rows(), shops))
