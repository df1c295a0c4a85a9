"""What WeCom accepts as a message, and its codes for what it does not (wecom.md §1–§3)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

APP_KINDS = ("text", "markdown", "template_card")
ROBOT_KINDS = ("text", "markdown", "markdown_v2", "template_card")
_TASK_ID = re.compile(r"[A-Za-z0-9_\-@]{1,128}")


class Refused(Exception):
    """An errcode."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def read(raw: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(raw)
    except ValueError as error:
        raise Refused(40035, "Warning: wrong json format.") from error
    if not isinstance(asked, dict):
        raise Refused(40035, "invalid parameter")
    return asked


def content_of(asked: dict[str, Any], kinds: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
    """(msgtype, its object)."""
    kind = asked.get("msgtype")
    if kind not in kinds:
        raise Refused(40008, "invalid message type")
    content = asked.get(kind)
    if not isinstance(content, dict) or not content:
        raise Refused(40035, f"missing {kind}")
    if kind != "template_card" and not content.get("content"):
        raise Refused(44004, "empty content")
    return kind, content


def check_card(card: dict[str, Any], *, callbacks: bool, is_used: Callable[[str], bool]) -> None:
    """A button card: legal fresh task id, 1..6 buttons with distinct keys. Other cards: only their type."""
    if card.get("card_type") != "button_interaction":
        if card.get("card_type") not in ("text_notice", "news_notice"):
            raise Refused(40058, "card_type")
        if not card.get("card_action"):
            raise Refused(40058, "card_action")
        return
    if not callbacks:
        raise Refused(48002, "no callback url")
    task_id = card.get("task_id")
    if not isinstance(task_id, str) or not _TASK_ID.fullmatch(task_id) or is_used(task_id):
        raise Refused(42014, "invalid task_id")
    buttons = card.get("button_list")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 6:
        raise Refused(42019, "button_list")
    for button in buttons:
        if not button.get("text"):
            raise Refused(42020, "button name")
        if button.get("type", 0) == 0 and not button.get("key"):
            raise Refused(42017, "button key")
        if len(str(button.get("key", "")).encode()) > 1024:
            raise Refused(42018, "button key")
    keys = [button.get("key") for button in buttons]
    if len(set(keys)) != len(keys):
        raise Refused(42018, "button key")


def size_of(kind: str, content: dict[str, Any]) -> int:
    """Bytes that the limit counts: of the text, or of the whole card."""
    if kind == "template_card":
        return len(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())
    return len(str(content["content"]).encode())
