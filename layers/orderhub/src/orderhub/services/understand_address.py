"""Understand an address that somebody pasted whole: who, phone, division, the rest (R15). Nothing is kept."""

import re

_PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?!\d)|(?<!\d)(0\d{2,3}-?\d{7,8})(?!\d)")
_LABEL = re.compile(
    r"(?:收货人|收件人|联系人|姓名|手机号码|手机号|手机|联系电话|电话|所在地区|详细地址|收货地址|地址|邮编)\s*[:：]?"
)
_BREAK = re.compile(r"[\s,，;；|、:：\u200b-\u200f\u202a-\u202e\ufeff]+")
_NAME = re.compile(r"[\u4e00-\u9fff·]{2,6}(?:先生|女士|小姐)?")
_PLACE = re.compile(r"[省市区县州盟旗镇乡村路街道巷弄号栋幢座楼层室园苑城]")
LONGEST = 400


def understand(text: str) -> dict[str, str]:
    """``{name, phone, province, city, district, detail}``; what was not found is empty. Never raises.

    >>> understand("张三 13800130001 浙江省杭州市西湖区文三路1号2幢301室")["district"]
    '西湖区'
    """
    from orderhub.address import parse  # its division data is read where an address is at hand

    text = text[:LONGEST]
    found = _PHONE.search(text)
    phone = "".join(part for part in found.groups() if part) if found else ""
    rest = _PHONE.sub(" ", text)
    words = [word for word in _BREAK.split(_LABEL.sub(" ", rest)) if word]
    name = next((word for word in words if _is_name(word) and not parse(word).province_code), "")
    if name:
        words.remove(name)
    read = parse("".join(words))
    district = read.district or read.zone
    detail = f"{read.town}{read.rest}" if read.province else "".join(words)
    return {
        "name": name, "phone": phone, "province": read.province, "city": read.city, "district": district,
        "detail": detail[:200],
    }  # fmt: skip


def _is_name(word: str) -> bool:
    return bool(_NAME.fullmatch(word)) and not _PLACE.search(word)
