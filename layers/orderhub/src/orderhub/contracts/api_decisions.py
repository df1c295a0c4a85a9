"""The HTTP API of the pending-decision queue: what may be asked, what is answered."""

from typing import Annotated

from pydantic import Field, StringConstraints

from orderhub.contracts.api import StaffId
from orderhub.contracts.route import Answered, Asked, Route

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Name = Annotated[str, StringConstraints(max_length=60)]
DecisionId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
RequestId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{0,64}$")]
Parameters = Annotated[dict[Name, str | int | bool | None], Field(max_length=20)]


class DecisionFilter(Asked):
    """Which open decisions; each field narrows."""

    decision_class: Annotated[str, Field(alias="class", max_length=64)] = ""
    owner: Name = ""
    order_id: Name = ""
    cause: Annotated[str, StringConstraints(max_length=120)] = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 100
    cursor: Annotated[str, StringConstraints(max_length=400)] = ""


class DecisionRequest(Asked):
    """A decision as a person makes it: the option with its parameters, who, and why.

    The same ``request_id`` again answers as the first time and does nothing twice.
    """

    option: Word
    by: StaffId
    note: Note = ""
    parameters: Parameters = Field(default_factory=dict)
    request_id: RequestId = ""


class UndoRequest(Asked):
    """Who takes a decision back, and why."""

    by: StaffId
    note: Note = ""


class BulkPreviewRequest(Asked):
    """One option for many open decisions of one class."""

    decision_ids: Annotated[list[DecisionId], Field(min_length=1, max_length=50)]
    option: Word
    by: StaffId
    note: Note = ""
    parameters: Parameters = Field(default_factory=dict)


class BulkRequest(BulkPreviewRequest):
    """The same, to be carried out; asking again with the same ``request_id`` repeats nothing."""

    request_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class Words(Answered):
    """The same in Chinese and in English."""

    zh: str
    en: str


class Form(Answered):
    """A parameter of an option: ``type`` is text, integer, truth, instant (ms UTC) or choice."""

    name: str
    type: str
    words: Words
    is_required: bool
    is_personal: bool
    choices: list[str] | None = None
    least: int | None = None
    most: int | None = None


class Command(Answered):
    """An option. ``does``: what choosing it does; ``closes`` false: the card stays open after it."""

    option: str
    name: Words
    does: Words
    is_undoable: bool
    closes: bool
    parameters: list[Form]


class Outside(Answered):
    """Somebody outside acts by himself at ``due_at`` (ms UTC)."""

    due_at: int
    effect: str


class Suggestion(Answered):
    """What people chose most often for this class and cause: ``times`` of ``n``, ``share`` = times / n."""

    option: str
    times: int
    n: int
    share: float


class Condition(Answered):
    """The condition of a rule that failed: the field with its words, the cell, what was there instead."""

    field: str
    zh: str
    en: str
    cell: str
    actual: str


class Why(Answered):
    """Why something is held or refused: a sentence with the value that failed, the smallest change that frees it, and
    the option that makes it (empty where there is none)."""

    zh: str
    en: str
    smallest_change: Words
    action: str
    condition: Condition | None


class Card(Answered):
    """A decision. Instants in ms UTC, 0 for none. The last six fields only of a made one."""

    decision_id: str
    order_id: str
    decision_class: str = Field(alias="class")
    cause: str
    name: Words
    owner: str
    blocks: bool
    why: Why
    evidence: dict[str, str]
    evidence_words: dict[str, Words]
    options: list[str]
    commands: list[Command]
    requested_at: int
    due_at: int
    nearest_at: int
    outside: Outside | None
    at_deadline: str
    is_expired: bool
    deferred_until: int
    status: str
    suggestion: Suggestion | None
    option: str | None = None
    made_by: str | None = None
    made_at: int | None = None
    note: str | None = None
    parameters: dict[str, str | int | bool] | None = None
    undo_until: int | None = None


class CardPage(Answered):
    """Open decisions, nearest deadline first. ``cursor``: for the next page; empty at the end."""

    decisions: list[Card]
    cursor: str


class Made(Answered):
    """What was decided. ``status`` ``requested``: the card was only put off, until ``due_at``."""

    decision_id: str
    status: str
    option: str
    made_by: str
    made_at: int
    due_at: int
    undo_until: int
    order: str


class Undone(Answered):
    """The decision is open again; ``order``: what was done with its driver."""

    decision_id: str
    status: str
    due_at: int
    order: str


class Told(Answered):
    """Why something was refused: a code for machines, words for people, what it is about, explained as holds are."""

    code: str
    message: str
    evidence: dict[str, str | int] = Field(default_factory=dict)
    why: Why | None = None


class Previewed(Answered):
    """What would happen to one order: the step it is in and the step it would want then, or why nothing would."""

    decision_id: str
    order_id: str
    would: bool
    cause: str
    step: str
    next_step: str
    error: Told | None


class BulkPreview(Answered):
    """What would happen to each."""

    option: str
    would: int
    refused: int
    causes: list[str]
    results: list[Previewed]


class CarriedOut(Answered):
    """What happened to one order."""

    decision_id: str
    order_id: str
    done: bool
    undo_until: int | None = None
    error: Told | None


class BulkResult(Answered):
    """What happened to each; one that was refused keeps no other."""

    request_id: str
    option: str
    done: int
    refused: int
    results: list[CarriedOut]


_DECIDING = (
    "bad_request", "bad_parameter", "no_such_decision", "no_such_option", "already_made", "order_ended",
    "order_cancelled", "order_unpaid", "already_shipped", "already_dispatched", "order_not_known",
    "number_known", "number_taken",
)  # fmt: skip
_UNDOING = (
    "bad_request", "no_such_decision", "not_made", "cannot_undo", "undo_over", "left_the_house", "order_changed",
    "asked_again", "order_ended", "order_cancelled",
)  # fmt: skip
_ONE = "/api/decisions/{decision_id}"

ROUTES = (
    Route("GET", "/api/decisions", "list_decisions", "Open decisions, the nearest deadline first", CardPage,
          asks=DecisionFilter, refuses=("bad_request", "bad_filter")),
    Route("POST", "/api/decisions/bulk/preview", "preview_decisions", "What deciding many would do", BulkPreview,
          takes=BulkPreviewRequest, refuses=("bad_request", "bad_bulk")),
    Route("POST", "/api/decisions/bulk", "make_decisions", "Decide many at once", BulkResult,
          takes=BulkRequest, refuses=("bad_request", "bad_bulk")),
    Route("GET", _ONE, "read_decision", "One decision, open or made", Card, refuses=("no_such_decision",)),
    Route("POST", _ONE, "make_decision", "Decide", Made, takes=DecisionRequest, refuses=_DECIDING),
    Route("POST", f"{_ONE}/undo", "undo_decision", "Take a decision back", Undone, takes=UndoRequest, refuses=_UNDOING),
)  # fmt: skip
