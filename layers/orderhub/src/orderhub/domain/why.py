"""Why something is held or refused, for people, in Chinese and English (R25): one shape, one way to write values."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_INSTANTS = ("_at", "since", "until")
SHOWN_ZONE = timedelta(hours=8)  # people read times in Asia/Shanghai (R5)


@dataclass(frozen=True, slots=True)
class FailedCondition:
    """The condition that failed: the field with its words, the cell as the rule has it, what was there instead."""

    field: str
    zh: str
    en: str
    cell: str
    actual: str


@dataclass(frozen=True, slots=True)
class Change:
    """The smallest change that frees the order, in words."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Why:
    """One sentence in each language with the value that failed, the smallest change, and the option that makes it
    (empty where nobody can)."""

    zh: str
    en: str
    smallest_change: Change
    action: str = ""
    condition: FailedCondition | None = None

    @property
    def values(self) -> dict[str, Any]:
        """Plain values, as the API shows them."""
        return asdict(self)


def shown(field: str, value: object, language: str = "zh") -> str:
    """A value for people: money as ¥, instants in Asia/Shanghai, numbers with separators.

    >>> shown("amounts.paid_fen", 2990000)
    '¥29,900.00'
    >>> shown("address.passes", False, "en")
    'no'
    """
    counts = field.endswith(("_fen", *_INSTANTS))  # any other text of digits is an id or a code, and stays as it is
    if counts and isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if isinstance(value, bool):
        return {"zh": ("否", "是"), "en": ("no", "yes")}[language][value]
    if isinstance(value, int):
        if field.endswith("_fen"):
            return f"{'-' if value < 0 else ''}¥{abs(value) // 100:,}.{abs(value) % 100:02d}"
        if field.endswith(_INSTANTS) and 0 < value < 4_102_444_800_000:
            return f"{datetime.fromtimestamp(value / 1000, UTC) + SHOWN_ZONE:%Y-%m-%d %H:%M:%S}"
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return ("、" if language == "zh" else ", ").join(str(one) for one in value) or _EMPTY[language]
    return str(value) if value not in ("", None) else _EMPTY[language]


_EMPTY = {"zh": "空", "en": "empty"}


def why_refused(code: str, message: str, evidence: Mapping[str, object]) -> Why:
    """Why an action was refused, in the shape of a hold's explanation. ``message`` is the refusal's own text."""
    zh, en, change = _REFUSALS.get(code, _OTHERWISE)
    said = message.removeprefix(f"{code}: ")
    values = {name: shown(name, value) for name, value in evidence.items()}
    words = _Given({**values, "message": said})
    return Why(zh.format_map(words), en.format_map(words), change)


class _Given(dict[str, str]):
    """What a sentence is filled with; what nobody said is a dash."""

    def __missing__(self, name: str) -> str:
        return "—"


_LOOK = Change("刷新后按现在的状态再选", "look again and choose by what it is now")
_OTHERWISE = ("操作被拒绝：{message}", "Refused: {message}", Change("按提示更正后再试", "correct it and try again"))

_REFUSALS: Mapping[str, tuple[str, str, Change]] = MappingProxyType(
    {
        "no_such_order": ("没有这个订单：{message}", "No such order: {message}", Change("核对单号", "check the id")),
        "no_such_code": (
            "没有待打包的包裹要它：{message}", "No parcel to be packed needs it: {message}",
            Change("核对条码，或更新打包清单", "check the code, or load the list anew"),
        ),
        "no_such_parcel": ("没有这个包裹：{message}", "No such parcel: {message}", _LOOK),
        "order_not_known": (
            "店铺还没有给出订单内容", "The shop has not said yet what this order is",
            Change("等店铺的消息，或等下一次拉单", "wait for the shop's message, or for the next pull"),
        ),
        "too_many_reveals": (
            "一小时内查看次数已满（{most} 次）", "Looked at {most} receivers within this hour",
            Change("下一个整点后再看，或请同事查看", "look again after the full hour, or ask a colleague"),
        ),
        "too_many_tries": (
            "提交太频繁", "Too many tries",
            Change("一小时后再试，或联系客服", "try again in an hour, or ask customer service"),
        ),
        "not_now": (
            "现在打不开，没有任何改动", "It cannot be opened right now; nothing was changed",
            Change("过一会儿再试", "try again in a moment"),
        ),
        "already_delivered": (
            "包裹已签收，不能改址", "The parcel was delivered: its address cannot change",
            Change("请买家申请退换货", "let the buyer ask for a return"),
        ),
        "order_unknown": (
            "店铺还没有给出订单内容：{message}", "The order's content is not known yet: {message}",
            Change("等店铺的消息，或等下一次拉单", "wait for the shop's message, or for the next pull"),
        ),
        "no_sender": (
            "没有设置寄件人：{message}", "No sender is set: {message}",
            Change("在密钥 hub 的 senders 里填写", "enter it in senders of the secret hub"),
        ),
        "unprintable_waybill": (
            "运单号无法印成条码：{message}", "The waybill number cannot be a code: {message}",
            Change("向承运商核对运单号", "check the number with the carrier"),
        ),
        "no_such_decision": ("没有这张卡片：{message}", "No such card: {message}", Change("核对编号", "check its id")),
        "no_such_option": (
            "没有这个选项：{message}", "No such option: {message}",
            Change("从卡片的选项里选", "choose one of the card's options"),
        ),
        "already_made": ("已经有人决定：{message}", "Decided already: {message}", _LOOK),
        "order_ended": ("订单已结束：{message}", "The order has ended: {message}", _LOOK),
        "order_cancelled": ("订单已取消：{message}", "The order was cancelled: {message}", _LOOK),
        "order_changed": ("订单内容又变了：{message}", "The order changed again: {message}", _LOOK),
        "asked_again": ("同一问题已重新提出：{message}", "Asked again meanwhile: {message}", _LOOK),
        "already_shipped": (
            "包裹已发出：{message}", "The parcel has left: {message}",
            Change("只能截回或等退货", "intercept the parcel, or wait for its return"),
        ),
        "already_dispatched": (
            "仓库已接单：{message}", "The warehouse has it: {message}",
            Change("先取消，再重新下单", "cancel it, then place it anew"),
        ),
        "number_known": ("已有运单号：{message}", "There is a number: {message}", _LOOK),
        "number_taken": (
            "运单号已属于订单 {order_id}：{message}", "The number belongs to {order_id}: {message}",
            Change("核对面单后重新录入", "look at the label and enter it again"),
        ),
        "no_such_version": (
            "没有这个版本：{message}", "No such version: {message}", Change("从版本里选", "choose one of the versions"),
        ),
        "no_such_kind": (
            "没有这类规则：{message}", "No such kind: {message}", Change("从列表里选", "choose one of the list"),
        ),
        "no_such_row": ("没有这一行：{message}", "No such row: {message}", _LOOK),
        "switched_meanwhile": (
            "{by} 刚刚启用了 v{live}，这次没有改动", "{by} has just switched v{live} on; nothing was changed", _LOOK,
        ),
        "already_live": ("这个版本已经启用", "This version is live already", _LOOK),
        "untested": (
            "这个版本还没有回测", "This version was not back-tested",
            Change("先回测，或写明为何不回测就启用", "back-test it, or write down why not"),
        ),
        "outdated": (
            "草稿写自 v{based_on}，现在启用的是 v{live}：启用会丢掉其间的改动",
            "The draft was written from v{based_on}; v{live} is live: what changed between would be undone",
            Change("在启用版本上重写，或写明原因后启用", "write it anew from the live one, or write down why"),
        ),
        "no_reason": (
            "回滚到 v{message} 要写明原因", "To go back to v{message} needs a reason",
            Change("在版本页写下原因", "write it down on the version's page"),
        ),
        "bad_period": ("时间段不对：{message}", "Bad period: {message}", Change("最多 62 天", "at most 62 days")),
        "too_many_orders": (
            "订单太多：{message}", "Too many orders: {message}", Change("缩短时间段", "take a shorter period"),
        ),
        "not_plain": (
            "这个版本有多张表，不能按表格编辑", "This version has several tables and is no plain grid",
            Change("用 hub rules 导出为 JSON", "export it as JSON with hub rules"),
        ),
        "left_the_house": (
            "已通知合作方（{what}），不能撤回", "A partner was told since ({what}): it cannot be taken back",
            Change("按现在的状态另作决定", "decide about what it is now"),
        ),
        "undo_over": (
            "撤回时限已过（{undo_until}）", "The time to take it back is over ({undo_until})",
            Change("按现在的状态另作决定", "decide about what it is now"),
        ),
        "bad_parameter": (
            "参数有误：{message}", "Wrong parameter: {message}",
            Change("更正该参数后再提交", "correct the parameter and send it again"),
        ),
        "not_staff": (
            "您还没有订单中枢的账号", "You have no account at the order hub",
            Change("请管理员在 人员 中添加", "ask an administrator to add you"),
        ),
        "stale_sign_in": (
            "这次登录已失效", "This sign-in is over", Change("从登录页重新开始", "begin again at the sign-in page"),
        ),
        "no_sign_in": (
            "还没有配置企业微信登录", "Sign-in with WeCom is not set up",
            Change("请管理员配置", "ask an administrator"),
        ),
        "last_administrator": (
            "至少要有一位管理员", "There must be an administrator",
            Change("先添加另一位管理员", "add another administrator first"),
        ),
        "bad_request": ("请求有误：{message}", "Bad request: {message}", Change("补全字段", "fill in what is missing")),
    }
)  # fmt: skip
