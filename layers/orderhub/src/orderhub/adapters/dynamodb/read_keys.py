"""Every key string of ReadModelsTable, built here and nowhere else."""

from orderhub.domain.day import day_of
from orderhub.domain.order_row import FINAL, OrderRow, State

BY_STATE, BY_PLACED, BY_SHIPPED = "by_state", "by_placed", "by_shipped"

ROW_SK = "ROW"
SUMMARY_SK = "SUMMARY"
SOURCE_SK = "SOURCE"
HEARD_PK = "SOURCE#facts"
WALK_PK, WALK_SK = "WALK#rebuild", "WALK"


def row_pk(order_id: str) -> str:
    return f"ROW#{order_id}"


def find_pk(kind: str, value: str) -> str:
    return f"FIND#{kind}#{value}"


def timed_sk(instant: int, order_id: str) -> str:
    return f"{instant:013d}#{order_id}"


def order_of(sk: str) -> str:
    """The order id of a ``timed_sk``."""
    return sk.partition("#")[2]


def state_pk(state: State, day: str = "") -> str:
    """Open states have one partition each; final ones one for every day on which orders ended."""
    return f"STATE#{state.value}#{day}" if state in FINAL else f"STATE#{state.value}"


def placed_pk(day: str) -> str:
    return f"PLACED#{day}"


def shipped_pk(day: str) -> str:
    return f"SHIPPED#{day}"


def hand_pk(day: str) -> str:
    return f"HAND#{day}"


def day_pk(day: str) -> str:
    return f"DAY#{day}"


def summary_sk(shop: str = "") -> str:
    return f"{SUMMARY_SK}#{shop}" if shop else SUMMARY_SK


def index_keys(row: OrderRow) -> dict[str, str]:
    """The row's places in the indexes. A day is Shanghai's."""
    ended = day_of(row.ended_at or row.last_at) if row.state in FINAL else ""
    at = row.ended_at if row.state in FINAL else row.stands_at
    keys = {"state_pk": state_pk(row.state, ended), "state_sk": timed_sk(at, row.order_id)}
    if row.placed_at:
        keys |= {"placed_pk": placed_pk(day_of(row.placed_at)), "placed_sk": timed_sk(row.placed_at, row.order_id)}
    if row.shipped_at:
        keys |= {"shipped_pk": shipped_pk(day_of(row.shipped_at)), "shipped_sk": timed_sk(row.shipped_at, row.order_id)}
    return keys
