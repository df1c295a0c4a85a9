"""What Wangdiantong answers when it refuses (wangdiantong.md §2.3; unpublished qyb numbers are marked)."""

from __future__ import annotations


class Refusal(Exception):
    """A non-zero `code` with its message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


AUTH = 1
"""Bad sid, appkey, sign or timestamp: the qyb number is not published."""
REJECTED = 99
TOO_OFTEN = 100
UNKNOWN_SHOP = 1007
REPEATED = 1020
BAD_VALUE = 2830
NO_RANGE = 2900
BAD_DATA = 5040

TOO_OFTEN_TEXT = "超过每分钟最大调用频率限制，请稍后重试"
