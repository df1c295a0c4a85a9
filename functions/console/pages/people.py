"""人员: who may sign in, as what, for which shops (R47). Nobody is deleted: who left is switched off."""

import re
from typing import Any

from pydantic import TypeAdapter, ValidationError

from orderhub.contracts.api import StaffId
from orderhub.contracts.api_staff import StaffRequest
from orderhub.runtime import wiring
from orderhub.services import staff
from orderhub.services.decide import Rejected
from pages.frame import show
from pages.page import Answer, redirect
from pages.visit import Visit

_ID: TypeAdapter[str] = TypeAdapter(StaffId)
WRONG = {
    "staff_id": ("企业微信账号: 字母、数字、点、下划线", "WeCom's user id: letters, digits, dots, underscores"),
    "name": ("姓名: 1 到 60 个字", "A name of 1 to 60 characters"),
    "roles": ("至少选一个角色", "Choose a role"),
    "shops": ("店铺编号: 字母和数字, 用空格或逗号分开", "Shop ids: letters and digits, with spaces or commas between"),
}


def listing(visit: Visit) -> Answer:
    """GET /staff"""
    return _page(visit)


def save(visit: Visit) -> Answer:
    """POST /staff: add or change a person, or the form again with what is wrong."""
    staff_id = visit.form.get("staff_id", "").strip()
    given: dict[str, Any] = {
        "name": visit.form.get("name", ""),
        "roles": list(visit.many.get("roles", ())),
        "shops": [one for one in re.split(r"[\s,，、]+", visit.form.get("shops", "")) if one],
        "is_active": visit.form.get("is_active") == "yes",
        "by": visit.person.staff_id,
    }
    wrong = _wrong(staff_id, given)
    if not wrong and visit.form.get("is_new") and any(one.staff_id == staff_id for one in wiring.staff().listed()):
        wrong = {"staff_id": ("已有这个人员, 请在列表里改", "There is such a person: change it in the list")}
    if not wrong:
        wanted = StaffRequest(**given)
        try:
            staff.save(
                staff_id, wanted.name, wanted.roles, wanted.shops, wanted.is_active, wanted.by,
                wiring.staff(), wiring.now_ms(),
            )  # fmt: skip
            return redirect("/staff")
        except Rejected as refused:
            if refused.code != "last_administrator":
                raise
            wrong = {"roles": ("至少要留一位管理员", "There must be an administrator")}
    return _page(visit, {**given, "staff_id": staff_id, "shops_text": visit.form.get("shops", "")}, wrong, 422)


def _wrong(staff_id: str, given: dict[str, Any]) -> dict[str, tuple[str, str]]:
    found = set()
    try:
        _ID.validate_python(staff_id)
    except ValidationError:
        found.add("staff_id")
    try:
        StaffRequest(**given)
    except ValidationError as error:
        found |= {str(row["loc"][0]) for row in error.errors()}
    known = set(staff.Role)
    if any(role not in known for role in given["roles"]):
        found.add("roles")
    return {name: words for name, words in WRONG.items() if name in found}


def _page(visit: Visit, said: Any = None, wrong: Any = None, status: int = 200) -> Answer:
    people = [dict(one) for one in staff.listed(wiring.staff())["staff"]]
    people.sort(key=lambda one: not one["is_active"])
    is_new = bool(visit.form.get("is_new"))
    return show(
        "staff.html", visit, status, people=people, roles=staff.ROLE_WORDS, here="staff",
        said=said, wrong=wrong or {}, is_new=is_new,
    )  # fmt: skip
