"""人员: administrators add, change and switch off people; what is wrong stands at its field."""

from __future__ import annotations

import pytest

from orderhub.adapters.dynamodb.staff import LOOK_MS, DynamoPresence
from orderhub.domain.staff import Role
from tests.integration.test_console_rules import HOSTILE, Console, console
from tests.kit.console import text_of
from tests.kit.tables import aws, create_tables

__all__ = ["console"]

ADMIN = "administrator"
LI = {"staff_id": "li01", "name": "李四", "roles": ["packer", "operations"], "shops": "123，456", "is_active": "yes"}


def test_a_person_is_added_changed_and_switched_off(console: Console) -> None:
    assert 'href="/staff"' in console.read("/staff", who=ADMIN)
    assert 'href="/staff"' not in console.read("/rules")
    console.post("/staff", {**LI, "is_new": "yes"}, who=ADMIN)
    li = console.people.known["li01"]
    assert (li.name, li.roles, li.shops, li.is_active) == (
        "李四", (Role.PACKER, Role.OPERATIONS), ("123", "456"), True,
    )  # fmt: skip
    assert console.people.saved_by["li01"] == ADMIN
    console.post("/staff", {**LI, "roles": ["packer"], "is_active": ""}, who=ADMIN)
    assert not console.people.known["li01"].is_active
    assert "已停用" in console.read("/staff", who=ADMIN)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"staff_id": "13800138000"}, "企业微信账号"),
        ({"staff_id": HOSTILE}, "企业微信账号"),
        ({"name": " "}, "姓名"),
        ({"roles": []}, "至少选一个角色"),
        ({"roles": ["king"]}, "至少选一个角色"),
        ({"shops": "<b>"}, "店铺编号: 字母和数字"),
        ({"staff_id": "packer"}, "已有这个人员"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_lost(console: Console, given: dict[str, object], said: str) -> None:
    before = dict(console.people.known)
    answer = console.ask("/staff", {**LI, "is_new": "yes", **given}, who=ADMIN)
    page = text_of(answer)
    assert (answer.status, said in page) == (422, True)
    assert "<script>alert" not in page
    assert console.people.known == before


def test_the_last_administrator_stays_one(console: Console) -> None:
    answer = console.ask(
        "/staff", {"staff_id": ADMIN, "name": "吴", "roles": ["packer"], "is_active": "yes"}, who=ADMIN
    )
    assert (answer.status, "至少要留一位管理员" in text_of(answer)) == (422, True)
    assert console.people.known[ADMIN].roles == (Role.ADMINISTRATOR,)


def test_everybody_who_is_on_a_card_is_told_of_and_forgotten_after_a_minute() -> None:
    with aws() as client:
        names = create_tables(client)
        presence = DynamoPresence(client, names[0])
        for who, at in (("buy01", 1), ("cs01", 2), ("buy01", 3)):
            presence.look("youzan-1.overdue.", who, at)
        presence.look("youzan-2.overdue.", "cs01", 1)
        cards = ["youzan-1.overdue.", "youzan-3.overdue."]
        assert presence.lookers(cards, 4) == {"youzan-1.overdue.": ["buy01", "cs01"]}
        assert presence.lookers(cards, LOOK_MS + 2) == {"youzan-1.overdue.": ["buy01"]}
        assert presence.lookers(cards, LOOK_MS + 3) == {}
