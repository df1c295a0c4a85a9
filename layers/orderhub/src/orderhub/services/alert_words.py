"""What an alert says: words of the registry, ids and evidence that is kept without personal data. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from orderhub.domain.alert import Alert
from orderhub.domain.decision import HUB, Decision
from orderhub.domain.decision_options import OPTIONS
from orderhub.domain.why import shown
from orderhub.ports.alerts import AlertCard, Button, DigestLine
from orderhub.services.explain import evidence_words

ROLE_ZH: Mapping[str, str] = {
    "customer_service": "客服",
    "operations": "运营",
    "finance": "财务",
    "purchasing": "采购",
}
REFUSAL_ZH: Mapping[str, str] = {
    "order_ended": "订单已结束",
    "already_shipped": "包裹已发出",
    "no_such_option": "此选项已不可用",
}
_INSIDE = frozenset({"rows", "field", "cell", "actual"})
"""How a rule put it: what a person reads is its sentence."""
_BEIJING = timedelta(hours=8)


def card_of(decision: Decision, alert: Alert, hub_url: str) -> AlertCard:
    """The card for one person: the options that need no further word are its buttons."""
    kind = decision.kind
    again = f"（第 {alert.level} 次升级）" if alert.level else ""
    what = "订单已停下，等待决定" if kind.blocks else "等待处理，订单未停"
    words = evidence_words(decision)
    said = decision.evidence.get("said_zh", "").rstrip("。；;")
    return AlertCard(
        task_id=alert.task_id,
        title=f"{kind.name_zh}{again}",
        order_id=decision.order_id,
        sentence=f"{said + '。' if said else ''}{what}；请在 {beijing(decision.nearest_at)} 前处理。",
        evidence=tuple(
            (words[name][0], shown(name, value))
            for name, value in decision.evidence.items()
            if value and name in words and name not in _INSIDE and not name.startswith("said_")
        ),
        details=(("负责", ROLE_ZH.get(kind.owner, kind.owner)), ("截止", beijing(decision.nearest_at))),
        buttons=tuple(
            Button(f"{option.code}|{decision.decision_id}", option.words.zh)
            for option in kind.commands
            if option.closes and not any(parameter.is_required for parameter in option.parameters)
        ),
        link=link_of(decision.order_id, hub_url),
    )


def line_of(alert: Alert, title: str, hub_url: str) -> DigestLine:
    return DigestLine(title, alert.order_id, link_of(alert.order_id, hub_url))


def link_of(order_id: str, hub_url: str) -> str:
    """Where the order and its open cards are: the place that decides."""
    return f"{hub_url.rstrip('/')}/orders/{order_id}"


def made_words(decision: Decision) -> str:
    """Who decided what, for a card whose decision is made."""
    who = "系统" if decision.made_by == HUB else decision.made_by.removeprefix("wecom:")
    option = OPTIONS.get(decision.option)
    return f"已由 {who} 处理：{option.words.zh if option else decision.option}"


def refused_words(code: str) -> str:
    """Why a press decided nothing."""
    return f"未能处理：{REFUSAL_ZH.get(code, '请到待决策队列查看')}"


def beijing(at: int) -> str:
    """An instant as people in China read it: ``11-25 17:30``."""
    return (datetime.fromtimestamp(at / 1000, UTC) + _BEIJING).strftime("%m-%d %H:%M")
