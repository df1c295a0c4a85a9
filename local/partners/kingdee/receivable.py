"""AR_receivable 应收单: which fields it has, which it needs, and what its lines must add up to (sheet §5).

Amounts are Decimal yuan here and integer fen in the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from local.partners.kingdee.envelopes import NO_SUCH_FIELD, VALIDATION, Refused

FORM_ID = "AR_receivable"
CENT = Decimal("0.01")

HEAD_FIELDS = frozenset(
    {
        "FID", "FBillTypeID", "FBillNo", "FDATE", "FENDDATE_H", "FCUSTOMERID", "FCURRENCYID", "FPayConditon",
        "FISPRICEEXCLUDETAX", "FSETTLEORGID", "FPAYORGID", "FSALEORGID", "FISTAX", "FSALEDEPTID", "FSALEERID",
        "FCancelStatus", "FBUSINESSTYPE", "FSetAccountType", "FAR_Remark", "FsubHeadSuppiler", "FsubHeadFinc",
        "FEntityDetail", "FEntityPlan",
    }
)  # fmt: skip
LINE_FIELDS = frozenset(
    {
        "FEntryID", "FMATERIALID", "FPRICEUNITID", "FPriceQty", "FTaxPrice", "FPrice", "FEntryTaxRate",
        "FNoTaxAmountFor_D", "FTAXAMOUNTFOR_D", "FALLAMOUNTFOR_D", "FSOURCETYPE", "FSourceBillNo",
        "FEntityDetail_Link",
    }
)  # fmt: skip
REQUIRED_HEAD = {
    "FBillTypeID": "单据类型",
    "FDATE": "业务日期",
    "FCUSTOMERID": "客户",
    "FCURRENCYID": "币别",
    "FSETTLEORGID": "结算组织",
    "FPAYORGID": "收款组织",
}
REQUIRED_LINE = {"FMATERIALID": "物料", "FPRICEUNITID": "计价单位", "FPriceQty": "计价数量"}


@dataclass(frozen=True)
class BaseData:
    """What this company's Kingdee knows; a number that is not here resolves to nothing."""

    customers: frozenset[str]
    materials: frozenset[str]
    extra_fields: frozenset[str] = frozenset()


@dataclass
class BillLine:
    """One line of FEntityDetail after Kingdee has computed it."""

    entry_id: int
    material: str
    quantity: str
    tax_price: str
    tax_rate: str
    amount_fen: int
    no_tax_fen: int
    tax_fen: int
    raw: dict[str, Any] = field(default_factory=dict)


def check_head(model: dict[str, Any], base: BaseData) -> None:
    """Raises Refused for an unknown field, a missing one, or a customer that does not exist."""
    _known(model, HEAD_FIELDS | base.extra_fields)
    for key, label in REQUIRED_HEAD.items():
        if not number_of(model.get(key)):
            raise Refused(f"字段[{label}]是必录字段", VALIDATION, key)
    if number_of(model["FCUSTOMERID"]) not in base.customers:
        raise Refused("字段[客户]是必录字段", VALIDATION, "FCUSTOMERID")
    if not model.get("FEntityDetail"):
        raise Refused("字段[明细]是必录字段", VALIDATION, "FEntityDetail")


def computed_line(line: dict[str, Any], entry_id: int, base: BaseData) -> BillLine:
    """One line with its amounts. Raises Refused when it lacks something or its amounts do not add up."""
    _known(line, LINE_FIELDS | base.extra_fields)
    for key, label in REQUIRED_LINE.items():
        if not number_of(line.get(key)):
            raise Refused(f"字段[{label}]是必录字段", VALIDATION, key)
    material = number_of(line["FMATERIALID"])
    if material not in base.materials:
        raise Refused("字段[物料]是必录字段", VALIDATION, "FMATERIALID")
    quantity = decimal_of(line, "FPriceQty")
    rate = decimal_of(line, "FEntryTaxRate")
    if "FTaxPrice" in line:
        price = decimal_of(line, "FTaxPrice")
    elif "FPrice" in line:
        price = decimal_of(line, "FPrice") * (1 + rate / 100)
    else:
        raise Refused("字段[含税单价]是必录字段", VALIDATION, "FTaxPrice")
    amount = _given(line, "FALLAMOUNTFOR_D", quantity * price, "价税合计与数量、含税单价不符")
    no_tax = _given(line, "FNoTaxAmountFor_D", amount / (1 + rate / 100), "不含税金额与税率不符")
    tax = _given(line, "FTAXAMOUNTFOR_D", amount - no_tax, "税额与价税合计不符")
    if no_tax + tax != amount:
        raise Refused("不含税金额与税额之和不等于价税合计", VALIDATION, "FALLAMOUNTFOR_D")
    return BillLine(entry_id, material, str(quantity), str(price), str(rate), _fen(amount), _fen(no_tax), _fen(tax))


def check_plan(model: dict[str, Any], total_fen: int) -> None:
    """A payment plan, when one is sent, must add up to the bill."""
    plan = model.get("FEntityPlan")
    if plan and sum(_fen(decimal_of(row, "FPAYAMOUNTFOR")) for row in plan) != total_fen:
        raise Refused("收款计划金额合计不等于应收金额", VALIDATION, "FEntityPlan")


def number_of(value: Any) -> str:
    """The number of a base data object, or the text of a plain value; nothing is the empty text."""
    if isinstance(value, dict):
        value = next((v for k, v in value.items() if k.lower() in ("fnumber", "fcode")), None)
    return "" if value is None else str(value)


def whole_of(row: dict[str, Any], key: str) -> int:
    """A whole number field, 0 when absent or empty. Raises Refused."""
    text = str(row.get(key) or 0)
    if not text.isdigit():
        raise Refused(f"字段{key}的值不是整数", VALIDATION, key)
    return int(text)


def decimal_of(row: dict[str, Any], key: str) -> Decimal:
    """A number field, 0 when absent. Raises Refused."""
    try:
        value = Decimal(str(row.get(key, 0)))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise Refused(f"字段{key}的值不是数值", VALIDATION, key)
    return value


def _given(line: dict[str, Any], key: str, computed: Decimal, message: str) -> Decimal:
    rounded = computed.quantize(CENT, ROUND_HALF_UP)
    if key not in line:
        return rounded
    given = decimal_of(line, key).quantize(CENT, ROUND_HALF_UP)
    if abs(given - computed) > CENT:
        raise Refused(message, VALIDATION, key)
    return given


def _known(row: dict[str, Any], known: frozenset[str]) -> None:
    for key in row:
        if key not in known:
            raise Refused(f"元数据中标识为{key}的字段不存在", NO_SUCH_FIELD, key)


def _fen(amount: Decimal) -> int:
    return int((amount.quantize(CENT, ROUND_HALF_UP) * 100).to_integral_value())
