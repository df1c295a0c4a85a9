"""Codes that fields of the schema may have, in the words of people."""

from collections.abc import Mapping
from types import MappingProxyType

from orderhub.rules.schema import Field, FieldType

VALUES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "true": ("是", "yes"), "false": ("否", "no"),
        "express": ("快递", "express"), "pickup": ("自提", "pick-up"), "city": ("同城", "same city"),
        "none": ("无", "none"),
        "enough": ("充足", "enough"), "short": ("缺货", "short"), "unknown": ("未知", "unknown"),
        "same": ("未变", "the same"), "door": ("门牌", "door"), "street": ("街道", "street"),
        "region": ("跨区", "region"), "unsure": ("不确定", "unsure"),
        "not_picked_up": ("未揽收", "not picked up"), "in_transit": ("运输中", "in transit"),
        "delivering": ("派送中", "out for delivery"),
        "discount": ("优惠", "discount"), "platform_fee": ("平台费", "platform fee"), "freight": ("运费", "freight"),
        "surcharge": ("附加费", "surcharge"), "gift": ("赠品", "gift"), "intercept": ("拦截", "interception"),
        "brand": ("品牌", "brand"), "platform": ("平台", "platform"), "buyer": ("买家", "buyer"),
        "sf": ("顺丰", "SF"), "ems": ("EMS", "EMS"),
        "source_elsewhere": ("改由他仓", "source elsewhere"), "transfer": ("调拨", "transfer"),
        "split": ("拆单", "split"), "hold": ("转人工", "hold"),
        "nothing": ("不用处理", "nothing"), "overwrite": ("覆盖原单", "overwrite"), "reissue": ("换新面单", "reissue"),
        "decide": ("转人工", "a person decides"), "too_late": ("来不及", "too late"),
    }
)  # fmt: skip


def word_of(field: Field, code: str) -> str:
    """What people read for a code of this field; the code itself where there is no word that tells it from others."""
    known = _codes(field)
    word = VALUES.get(code, (code,))[0]
    return word if code in known and sum(VALUES.get(one, (one,))[0] == word for one in known) == 1 else code


def code_of(field: Field, word: str) -> str:
    """The code of this field that a word, in either language, stands for; the word itself where none does."""
    known = _codes(field)
    if word in known:
        return word
    return next((one for one in known if word in VALUES.get(one, ())), word)


def _codes(field: Field) -> tuple[str, ...]:
    return ("true", "false") if field.type is FieldType.TRUTH else field.values
