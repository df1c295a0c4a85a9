"""The HTTP API of staff: who may sign in, with which roles, for which shops."""

from typing import Annotated

from pydantic import Field, StringConstraints

from orderhub.contracts.api import StaffId, Word
from orderhub.contracts.api_decisions import Words
from orderhub.contracts.route import Answered, Asked, Route

ShopId = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9_-]{1,40}$")]


class StaffRequest(Asked):
    """A person as it is to be. No shops: all of them."""

    name: Word
    roles: Annotated[list[Word], Field(min_length=1, max_length=7)]
    shops: Annotated[list[ShopId], Field(max_length=50)] = Field(default_factory=list)
    is_active: bool = True
    by: StaffId


class StaffMember(Answered):
    """A person as it is kept."""

    staff_id: str
    name: str
    roles: list[str]
    role_words: list[Words]
    shops: list[str]
    is_active: bool


class StaffList(Answered):
    """Everybody, by id."""

    staff: list[StaffMember]


ROUTES = (
    Route("GET", "/api/staff", "list_staff", "Who may sign in", StaffList),
    Route("PUT", "/api/staff/{staff_id}", "save_staff", "Add or change a person", StaffMember, takes=StaffRequest,
          refuses=("bad_request", "bad_parameter", "last_administrator")),
)  # fmt: skip
