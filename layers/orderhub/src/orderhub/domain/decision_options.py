"""What a person may choose on a card: each option is a command with typed parameters.

The registry says what an option asks for and whether it can be taken back; what it does is in
``services/option_effects``. Parameters come from outside (a form, a chat card, a command line): ``read_parameters``
is the only way in.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from orderhub.domain.errors import Rejected

type ParameterValue = str | int | bool

LONGEST_TEXT = 500
REFUND = "refund"
VOID_ON_EVIDENCE = "void_on_evidence"
ENTER_NUMBER = "enter_number"
APPROVE, REFUSE, BY_HAND = "approve_address", "refuse_address", "done_by_hand"
TURN_PARCEL = "turn_parcel"
BUYER_PAID, BRAND_BEARS = "buyer_paid", "brand_bears"
MOST_FEN = 1_000_000_000  # no order costs more; what is left to pay back is asked of the order
LATEST_INSTANT = 4_102_444_800_000  # 2100-01-01, ms UTC


@dataclass(frozen=True, slots=True)
class Words:
    """The same word for people, in Chinese and in English."""

    zh: str
    en: str


class ParameterType(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    TRUTH = "truth"
    INSTANT = "instant"  # epoch milliseconds UTC
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing an option asks for. ``most`` is a length for texts and a value for integers (both inclusive).

    What is personal (a name, a phone, a street) is sealed on the order and never kept on the card, in a fact or a log.
    """

    name: str
    type: ParameterType
    words: Words
    is_required: bool = True
    is_personal: bool = False
    least: int = 1
    most: int = 60
    pattern: str = ""  # the whole text must match
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """A command. ``closes`` is false when the card stays open after it; ``is_undoable`` when it can be taken back
    while its effect has not left the house."""

    code: str
    words: Words
    parameters: tuple[Parameter, ...] = ()
    is_undoable: bool = False
    closes: bool = True


def _option(
    code: str, zh: str, en: str, *parameters: Parameter, is_undoable: bool = False, closes: bool = True
) -> tuple[str, Option]:
    return code, Option(code, Words(zh, en), parameters, is_undoable, closes)


_T = ParameterType
_PLAIN = "[^<>{}\\\\]+"
_ADDRESS = (
    Parameter("name", _T.TEXT, Words("收件人", "Receiver"), is_required=False, is_personal=True, pattern=_PLAIN),
    Parameter(
        "phone", _T.TEXT, Words("电话", "Phone"), is_required=False, is_personal=True,
        pattern=r"1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}",
    ),
    Parameter("province", _T.TEXT, Words("省", "Province"), most=20, pattern=_PLAIN),
    Parameter("city", _T.TEXT, Words("市", "City"), most=30, pattern=_PLAIN),
    Parameter("district", _T.TEXT, Words("区县", "District"), most=30, pattern=_PLAIN),
    Parameter("detail", _T.TEXT, Words("详细地址", "Street address"), most=200, is_personal=True, pattern=_PLAIN),
)  # fmt: skip
_SKU = (
    Parameter("sku", _T.TEXT, Words("改发商品编码", "SKU to send"), pattern=r"[\w.+#/-]+"),
    Parameter("line_id", _T.TEXT, Words("子订单", "Order line"), is_required=False, pattern="[A-Za-z0-9_-]+"),
)
_ASKED = Parameter("asked", _T.TEXT, Words("问了什么", "What was asked"), most=200)
_REFUND = (
    Parameter("amount_fen", _T.INTEGER, Words("退款金额(分)", "Amount, fen"), most=MOST_FEN),
    Parameter(
        "reason", _T.TEXT, Words("退款说明(买家可见)", "Reason, which the buyer may read"), most=100, pattern=_PLAIN
    ),
)
_EVIDENCE = Parameter("evidence", _T.TEXT, Words("快递公司确认的凭据", "The carrier's evidence"), most=200)
_RECEIPT = Parameter("evidence", _T.TEXT, Words("收款凭据", "How it was paid"), most=200)
CARRIERS = ("sf", "ems", "yzpy", "yto", "zto", "sto", "yd", "jd", "dbl", "jtsd")
"""The hub's names of the carriers whose numbers it can tell a shop."""
_NUMBER = (
    Parameter("carrier", _T.CHOICE, Words("快递公司", "Carrier"), choices=CARRIERS),
    Parameter("number", _T.TEXT, Words("运单号", "Tracking number"), most=32, pattern="[0-9A-Za-z-]{6,32}"),
)
_GIFT = Parameter("gift", _T.TEXT, Words("改赠赠品编码", "Gift to give instead"), most=40, pattern=r"[\w.+#/-]+")
_FROM = Parameter("from_warehouse", _T.TEXT, Words("调出仓", "From warehouse"), most=40, pattern=r"[\w.-]+")
_UNTIL = Parameter("until", _T.INSTANT, Words("等到", "Wait until"))

CHANGE_ADDRESS = Option(
    "change_address",
    Words("改址", "Change the address"),
    tuple(replace(parameter, is_required=False) for parameter in _ADDRESS),
)
"""What a request for another address may name: no option of a card, but read the same way."""

OPTIONS: Mapping[str, Option] = MappingProxyType(
    dict(
        (
            _option("retry", "重试", "Try again", is_undoable=True),
            _option("continue", "放行", "Release", is_undoable=True),
            _option("cancel", "取消订单", "Cancel the order"),
            _option("close", "结束订单", "End the order here"),
            _option("dismiss", "知道了", "Dismiss", is_undoable=True),
            _option("correct_address", "更正地址", "Correct the address", *_ADDRESS, is_undoable=True),
            _option("change_sku", "更换商品编码", "Send another SKU", *_SKU, is_undoable=True),
            _option("transfer", "从其他仓调拨", "Transfer from another warehouse", _FROM, is_undoable=True),
            _option("other_gift", "改赠其他赠品", "Give another gift", _GIFT, is_undoable=True),
            _option(REFUND, "退款", "Pay money back", *_REFUND),
            _option(VOID_ON_EVIDENCE, "凭快递公司确认视为作废", "Void on the carrier's evidence", _EVIDENCE),
            _option(ENTER_NUMBER, "录入运单号", "Enter the number", *_NUMBER),
            _option(APPROVE, "同意改址", "Change the address"),
            _option(REFUSE, "不改址", "Keep the address as it is"),
            _option(BY_HAND, "已人工处理", "Done by hand"),
            _option(TURN_PARCEL, "请快递截回改派", "Have the carrier turn the parcel"),
            _option(BUYER_PAID, "已向买家收取", "The buyer has paid it", _RECEIPT),
            _option(BRAND_BEARS, "由商家承担", "The brand bears it"),
            _option("contact_buyer", "联系买家", "Contact the buyer", _ASKED, closes=False),
            _option("hold_siblings", "拦截同号码其他订单", "Hold the phone's other orders", closes=False),
            _option("wait_until", "稍后处理", "Wait until", _UNTIL, closes=False),
        )
    )
)

MOOT = "moot"
"""What the hub itself writes on a card that nobody has to decide any more: no option that people have."""

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_TRUTHS: Mapping[str, bool] = MappingProxyType({"true": True, "false": False})


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose: the option, its parameters as read, by whom, why, when (ms UTC)."""

    option: str
    made_by: str
    now: int
    note: str = ""
    parameters: Mapping[str, ParameterValue] = field(default_factory=lambda: MappingProxyType({}))

    def text(self, name: str) -> str:
        """A text parameter; empty when it was not given."""
        return str(self.parameters.get(name, ""))

    def number(self, name: str) -> int:
        """An integer or instant; 0 when it was not given."""
        return int(self.parameters.get(name, 0))

    @property
    def kept(self) -> Mapping[str, ParameterValue]:
        """The parameters that may be kept in clear."""
        known = {one.name for one in OPTIONS[self.option].parameters if not one.is_personal}
        return {name: value for name, value in self.parameters.items() if name in known}


def read_parameters(option: Option, given: Mapping[str, object]) -> Mapping[str, ParameterValue]:
    """The parameters of an option as it needs them.

    Numbers, truths and instants are taken as JSON gives them or as text in decimal or ``true``/``false`` (a command
    line has only text). Raises Rejected (``bad_parameter``), which names the parameter and what is wrong with it.
    """
    asked = {one.name: one for one in option.parameters}
    for name in given:
        if name not in asked:
            takes = ", ".join(asked) or "none"
            raise _refused(_UNSEEN.sub("", str(name))[:60], f"{option.code} takes no such parameter; it takes: {takes}")
    read: dict[str, ParameterValue] = {}
    for name, parameter in asked.items():
        value = given.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            if parameter.is_required:
                raise _refused(name, "is missing")
            continue
        read[name] = _READERS[parameter.type](parameter, value)
    return read


def _refused(name: str, why: str) -> Rejected:
    return Rejected("bad_parameter", f"{name} {why}", {"parameter": name, "why": why})


def _text(parameter: Parameter, value: object) -> str:
    if not isinstance(value, str):
        raise _refused(parameter.name, "must be a text")
    text = value.strip()
    if len(text) > parameter.most:
        raise _refused(parameter.name, f"is too long: {len(text)} signs, at most {parameter.most}")
    if _UNSEEN.search(text):
        raise _refused(parameter.name, "contains signs that cannot be seen")
    if parameter.pattern and not re.fullmatch(parameter.pattern, text):
        raise _refused(parameter.name, "does not have the form it must have")
    return text


def _integer(parameter: Parameter, value: object) -> int:
    number = _whole(parameter, value)
    if not parameter.least <= number <= parameter.most:
        raise _refused(parameter.name, f"must be from {parameter.least} to {parameter.most}")
    return number


def _instant(parameter: Parameter, value: object) -> int:
    instant = _whole(parameter, value)
    if not 0 < instant <= LATEST_INSTANT:
        raise _refused(parameter.name, "must be an instant in milliseconds UTC")
    return instant


def _whole(parameter: Parameter, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    raise _refused(parameter.name, "must be a whole number")


def _truth(parameter: Parameter, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _TRUTHS:
        return _TRUTHS[value.strip().lower()]
    raise _refused(parameter.name, "must be true or false")


def _choice(parameter: Parameter, value: object) -> str:
    if isinstance(value, str) and value.strip() in parameter.choices:
        return value.strip()
    raise _refused(parameter.name, f"must be one of: {', '.join(parameter.choices)}")


_READERS: Mapping[ParameterType, Callable[[Parameter, object], ParameterValue]] = {
    ParameterType.TEXT: _text,
    ParameterType.INTEGER: _integer,
    ParameterType.TRUTH: _truth,
    ParameterType.INSTANT: _instant,
    ParameterType.CHOICE: _choice,
}
