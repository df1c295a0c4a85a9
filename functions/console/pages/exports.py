"""CSV of what has no paper of its own: decisions, what was found, an order's timeline, staff (R45: every table)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from orderhub.contracts.csv_out import csv_text, yuan
from orderhub.contracts.orders_csv import orders_csv, shanghai
from orderhub.contracts.words import Form, fact_word
from orderhub.runtime import wiring
from orderhub.services import staff
from pages import order_page, orders, queue, text
from pages.order_timeline import Told
from pages.page import Answer, download
from pages.visit import Visit

MOST_DECISIONS = 2_000
"""More open decisions than this are no list for people: the file ends there."""
_CSV = "text/csv; charset=utf-8"
DECISIONS = ("决策", "订单", "类别", "原因", "怎样放行", "负责", "冻结", "提出时间", "最近期限", "涉及(元)", "可选")
TIMELINE = ("时间", "事件", "内容", "谁", "毫秒")
STAFF = ("企业微信账号", "姓名", "角色", "店铺", "可以登录")


def decisions(visit: Visit) -> Answer:
    """GET /decisions.csv: open decisions of this person's shops, with the list's filters, nearest deadline first."""
    rows = csv_text(DECISIONS, _decisions(visit))
    return download("decisions.csv", _CSV, rows.encode())


def _decisions(visit: Visit) -> Iterator[list[Any]]:
    wanted, n = queue.filter_of(visit), 0
    while n < MOST_DECISIONS:
        cards, cursor = queue.theirs_of(visit, wanted)
        at_stake = queue.orders_of(cards)
        for card in cards:
            yield _decision(card, at_stake.get(card["order_id"]))
        n += len(cards)
        if not cursor:
            return
        wanted = replace(wanted, cursor=cursor)


def _decision(card: Mapping[str, Any], order: Mapping[str, Any] | None) -> list[Any]:
    return [
        card["decision_id"], card["order_id"], card["name"]["zh"], card["why"]["zh"],
        card["why"]["smallest_change"]["zh"], card["owner"], "是" if card["blocks"] else "否",
        shanghai(card["requested_at"]), shanghai(card["nearest_at"]),
        yuan(order["paid_fen"] or order["payable_fen"]) if order else "",
        " ".join(command["name"]["zh"] for command in card["commands"]),
    ]  # fmt: skip


def found(visit: Visit) -> Answer:
    """GET /find.csv?q=: the orders that the find box shows. What was asked is nowhere kept (R6)."""
    return download("found.csv", _CSV, orders_csv(orders.found_by(visit)[1]["orders"]).encode())


def timeline(visit: Visit) -> Answer:
    """GET /orders/{order_id}/timeline.csv: what the page shows, ``?timeline=`` filtered as there."""
    whole = order_page.whole(visit)
    rows = (
        [
            shanghai(entry.at), visit.say(*(entry.words or fact_word(entry.name))),
            "; ".join(_said(each, visit) for each in entry.data),
            whole["person"](entry.by) if entry.by else "", entry.duration_ms or "",
        ]
        for entry in whole["entries"]
    )  # fmt: skip
    return download(f"timeline-{whole['order_id']}.csv", _CSV, csv_text(TIMELINE, rows).encode())


def _said(one: Told, visit: Visit) -> str:
    """``应付 ¥89.00``: as the page writes it, in one cell."""
    match one.form:
        case Form.CODE:
            value = visit.say(*one.value)
        case Form.MONEY:
            value = text.yuan(one.value)
        case Form.INSTANT:
            value = shanghai(one.value)
        case Form.DURATION:
            value = text.duration(one.value)
        case Form.TRUTH:
            value = visit.say("是", "yes") if one.value else visit.say("否", "no")
        case _:
            value = str(one.value)
    return f"{visit.say(*one.words)} {value}".strip()


def people(_visit: Visit) -> Answer:
    """GET /staff.csv: everybody, whoever was switched off too."""
    rows = (
        [
            one["staff_id"], one["name"], " ".join(words["zh"] for words in one["role_words"]),
            " ".join(one["shops"]) or "全部", "是" if one["is_active"] else "否",
        ]
        for one in staff.listed(wiring.staff())["staff"]
    )  # fmt: skip
    return download("staff.csv", _CSV, csv_text(STAFF, rows).encode())
