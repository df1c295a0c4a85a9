"""A settlement as Kingdee's receivable AR_receivable 应收单, and back (sheet §5, §7.7). Pure.

Field names are spelled as Kingdee spells them on this form, misspellings and changing case included.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.domain.settlement import SettlementSplit
from orderhub.ports.partners import Receivable

PARTNER = "kingdee"
FORM = "AR_receivable"
QUERY_FIELDS = "FBillNo,FDocumentStatus,FALLAMOUNTFOR_D"
STATUSES = frozenset("ZABCD")

_BILL_NO = re.compile(r"[A-Za-z0-9-]{1,80}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PRICE = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    """How the brand's books are kept. ``customers``: shop id → customer number, one customer per shop.

    ``materials`` names the material of a SKU where it is not the SKU itself. Tax rates are percent, as text.
    """

    organisation: str
    customers: Mapping[str, str]
    freight_material: str
    materials: Mapping[str, str] = field(default_factory=dict)
    unit: str = "Pcs"
    tax_rate: str = "13"
    freight_tax_rate: str = "9"
    currency: str = "PRE001"
    exchange_type: str = "HLTX01_SYS"
    bill_type: str = "YSD01_SYS"


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line of the receivable: what it is, how many, and its amount with tax, fen."""

    material: str
    quantity: int
    amount_fen: int
    tax_rate: str
    source_line: str


def bill_lines(split: SettlementSplit, settings: LedgerSettings) -> tuple[BillLine, ...]:
    """One line per net goods line, and one for the freight when there is any.

    They add up to ``split.receivable_fen`` to the fen. Raises PartnerRejected when they would not, when
    nothing is left to book, or when a line is negative (a refund above its line is a red bill, not this one).
    """
    lines = [
        BillLine(settings.materials.get(sku, sku), quantity, fen, settings.tax_rate, line_id)
        for line_id, sku, quantity, fen in split.net_lines()
    ]
    if split.net_freight_fen:
        freight = split.net_freight_fen
        lines.append(BillLine(settings.freight_material, 1, freight, settings.freight_tax_rate, ""))
    if not lines:
        raise PartnerRejected(PARTNER, "nothing-to-book", "nothing is left of what was paid")
    if any(line.amount_fen < 0 or line.quantity < 1 for line in lines):
        raise PartnerRejected(PARTNER, "negative-line", "a line of the settlement is below zero")
    if sum(line.amount_fen for line in lines) != split.receivable_fen:
        raise PartnerRejected(PARTNER, "split-does-not-add-up", "the lines are not what is receivable")
    return tuple(lines)


def unit_price(amount_fen: int, quantity: int) -> Decimal:
    """Price with tax in yuan, to Kingdee's six places, so that price × quantity rounds back to the amount."""
    return (Decimal(amount_fen) / 100 / quantity).quantize(_PRICE, ROUND_HALF_UP)


def save_request(
    bill_no: str, split: SettlementSplit, shop_id: str, settled_on: str, settings: LedgerSettings
) -> dict[str, Any]:
    """The data of Save. ``settled_on``: ``YYYY-MM-DD`` in Asia/Shanghai. Raises PartnerRejected."""
    if not _DAY.fullmatch(settled_on):
        raise PartnerRejected(PARTNER, "settled-on", "not a day")
    customer = settings.customers.get(shop_id)
    if not customer:
        raise PartnerRejected(PARTNER, "unknown-customer", f"no customer in the ledger for shop {shop_id}")
    model = {
        "FID": 0,
        "FBillTypeID": _number(settings.bill_type),
        "FBillNo": checked_bill_no(bill_no),
        "FDATE": settled_on,
        "FENDDATE_H": settled_on,
        "FCUSTOMERID": _number(customer),
        "FCURRENCYID": _number(settings.currency),
        "FISPRICEEXCLUDETAX": True,
        "FISTAX": True,
        "FSETTLEORGID": _number(settings.organisation),
        "FPAYORGID": _number(settings.organisation),
        "FSALEORGID": _number(settings.organisation),
        "FBUSINESSTYPE": "BZ",
        "FSetAccountType": "1",
        "FCancelStatus": "A",
        "FAR_Remark": bill_no,
        "FsubHeadFinc": {
            "FMAINBOOKSTDCURRID": _number(settings.currency),
            "FEXCHANGETYPE": _number(settings.exchange_type),
            "FExchangeRate": 1,
        },
        "FEntityDetail": [_entry(line, settings.unit) for line in bill_lines(split, settings)],
    }
    return {
        "NeedUpDateFields": [],
        "NeedReturnFields": [],
        # True by default at Kingdee, and deletes what was not sent; this bill is only ever created.
        "IsDeleteEntry": False,
        "SubSystemId": "",
        "IsVerifyBaseDataField": True,
        "IsEntryBatchFill": True,
        "ValidateFlag": True,
        "NumberSearch": True,
        "IsAutoAdjustField": False,
        "InterationFlags": "",
        "IgnoreInterationFlag": True,
        "IsControlPrecision": False,
        "ValidateRepeatJson": False,
        "IsAutoSubmitAndAudit": False,
        "Model": model,
    }


def _entry(line: BillLine, unit: str) -> dict[str, Any]:
    # Six places of a price and two of an amount survive the way through a double.
    return {
        "FMATERIALID": _number(line.material),
        "FPRICEUNITID": _number(unit),
        "FPriceQty": line.quantity,
        "FTaxPrice": float(unit_price(line.amount_fen, line.quantity)),
        "FEntryTaxRate": float(Decimal(line.tax_rate)),
        "FALLAMOUNTFOR_D": line.amount_fen / 100,
    }


def operation_request(bill_no: str) -> dict[str, Any]:
    """The data of Submit and Audit."""
    return {
        "CreateOrgId": 0,
        "Numbers": [checked_bill_no(bill_no)],
        "Ids": "",
        "SelectedPostId": 0,
        "NetworkCtrl": "",
        "IgnoreInterationFlag": "",
    }


def query_request(bill_no: str) -> dict[str, Any]:
    """The data of ExecuteBillQuery: one row per line of the bill."""
    return {
        "FormId": FORM,
        "FieldKeys": QUERY_FIELDS,
        "FilterString": f"FBillNo = '{checked_bill_no(bill_no)}'",
        "OrderString": "",
        "TopRowCount": 0,
        "StartRow": 0,
        "Limit": 2000,
        "SubSystemId": "",
    }


def receivable_of(bill_no: str, rows: Sequence[Any]) -> Receivable | None:
    """The bill in the rows of a query, one per line; None when there are none.

    The head's own total would be repeated in every row (§7.4), so the lines are added up.
    Raises PartnerUnavailable (unclear) for rows that are not what was asked for.
    """
    statuses: set[str] = set()
    total_fen = 0
    for row in rows:
        if not isinstance(row, list) or len(row) != 3 or row[0] != bill_no or row[1] not in STATUSES:
            raise PartnerUnavailable(PARTNER, "a row of the query is not what was asked for", unclear=True)
        statuses.add(row[1])
        total_fen += _fen(row[2])
    if not rows:
        return None
    if len(statuses) > 1:
        raise PartnerUnavailable(PARTNER, "one bill with two statuses", unclear=True)
    return Receivable(bill_no, statuses.pop(), total_fen)


def checked_bill_no(bill_no: str) -> str:
    """The bill number, safe inside a filter. Raises ValueError for what is no order id."""
    if not _BILL_NO.fullmatch(bill_no):
        raise ValueError("not a bill number")
    return bill_no


def _fen(amount: object) -> int:
    if isinstance(amount, int | Decimal) and not isinstance(amount, bool):
        fen = Decimal(amount) * 100
        if fen == fen.to_integral_value():
            return int(fen)
    raise PartnerUnavailable(PARTNER, "an amount of the query is no amount", unclear=True)


def _number(value: str) -> dict[str, str]:
    return {"FNumber": value}
