"""Reading request parameters: pages, time windows, JSON lists, +08:00 times."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from local.partners.wangdiantong.errors import BAD_VALUE, NO_RANGE, Refusal

Params = Mapping[str, str]

_ZONE = timezone(timedelta(hours=8))
_FORMAT = "%Y-%m-%d %H:%M:%S"


def printed(at_ms: int | None) -> str:
    """`yyyy-MM-dd HH:mm:ss` in +08:00; nothing known prints as zeros."""
    if not at_ms:
        return "0000-00-00 00:00:00"
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(_ZONE).strftime(_FORMAT)


def seconds_of(text: str, name: str) -> int:
    """Epoch seconds of a printed time; raises Refusal 2830."""
    try:
        return int(datetime.strptime(text, _FORMAT).replace(tzinfo=_ZONE).timestamp())
    except ValueError as error:
        raise Refusal(BAD_VALUE, f"{name}时间格式不正确") from error


def number(params: Params, name: str, default: int, low: int, high: int) -> int:
    """An integer parameter in low..high; raises Refusal 2830."""
    text = params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise Refusal(BAD_VALUE, f"参数{name}的值无效")
    return int(text)


def window(params: Params, most_seconds: int) -> tuple[int, int] | None:
    """(start, end) in epoch seconds, both inside; None when neither is given.

    Raises Refusal 2900 for half a window, 2830 for a reversed or too wide one.
    """
    start, end = params.get("start_time", ""), params.get("end_time", "")
    if not start and not end:
        return None
    if not start or not end:
        raise Refusal(NO_RANGE, "参数中必须包含起止时间")
    low, high = seconds_of(start, "start_time"), seconds_of(end, "end_time")
    if high < low:
        raise Refusal(BAD_VALUE, "结束时间不能小于开始时间")
    if high - low > most_seconds:
        limit = f"{most_seconds // 60}分钟" if most_seconds <= 3600 else f"{most_seconds // 86400}天"
        raise Refusal(BAD_VALUE, f"您的查询时间过宽,查询时间不能大于{limit}")
    return low, high


def json_value(params: Params, name: str) -> Any:
    """The JSON text in one form field; raises Refusal 2830."""
    try:
        return json.loads(params[name])
    except (KeyError, ValueError, RecursionError) as error:
        raise Refusal(BAD_VALUE, f"参数{name}不是有效的JSON") from error


def json_rows(params: Params, name: str, most: int) -> list[dict[str, Any]]:
    """A JSON list of 1..most objects in one form field; raises Refusal 2830."""
    rows = json_value(params, name)
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise Refusal(BAD_VALUE, f"参数{name}不能为空")
    if len(rows) > most:
        raise Refusal(BAD_VALUE, f"参数{name}单次最多{most}条")
    return rows


def paged(rows: list[dict[str, Any]], params: Params) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The asked page, and `total_count`, which is true on page 0 only (§2.1)."""
    page_no = number(params, "page_no", 0, 0, 1_000_000)
    size = number(params, "page_size", 40, 1, 100)
    total = {"total_count": str(len(rows) if page_no == 0 else 0)}
    return rows[page_no * size : (page_no + 1) * size], total
