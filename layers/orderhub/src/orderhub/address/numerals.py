"""Characters and numbers as addresses write them: 12, 十二, 一百二十, 二〇一."""

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_UNITS = {"十": 10, "百": 100}

# A letter that is neither Latin nor a digit: in normalised text a Chinese character. As a range of code points it
# would cost a millisecond to compile, in each pattern.
HAN = r"[^\W\dA-Z_]"
CHINESE = "一二三四五六七八九十百零〇两"
NUMERAL = f"[0-9{CHINESE}]"


def canonical(number: str) -> str:
    """The number in Arabic digits without leading zeros; what is not a number comes back as it is.

    >>> canonical("十二"), canonical("一百二十"), canonical("007"), canonical("甲")
    ('12', '120', '7', '甲')
    """
    if number.isdecimal():
        return number.lstrip("0") or "0"
    if not number or any(c not in _DIGITS and c not in _UNITS for c in number):
        return number
    if not any(c in _UNITS for c in number):
        return "".join(str(_DIGITS[c]) for c in number)
    total = digit = 0
    for character in number:
        if character in _DIGITS:
            digit = _DIGITS[character]
        else:
            total += (digit or 1) * _UNITS[character]
            digit = 0
    return str(total + digit)
