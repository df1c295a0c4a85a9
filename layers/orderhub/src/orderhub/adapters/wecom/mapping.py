"""Alerts as WeCom's messages (sheet §2, §3, §3.1, §3.3). Pure; every limit is kept here, counted in bytes of UTF-8.

Nothing is cut inside a character. A card that would be too large loses evidence first, then its sentence's end;
title, order, link and buttons always stay.
"""

import json
from collections.abc import Sequence
from typing import Any

from orderhub.ports.alerts import AlertCard, DigestLine

APP_BYTES, ROBOT_BYTES = 2048, 4096
BUTTON_LIMIT, BUTTON_TEXT, BUTTON_KEY_BYTES = 6, 10, 1024
TITLE, SUBTITLE, SENTENCE, KEYNAME, VALUE = 36, 44, 160, 5, 30
EVIDENCE_BYTES = 600
DUPLICATE_CHECK_SECONDS = 14_400  # the longest WeCom offers


def cut(text: str, limit_bytes: int) -> str:
    """The text, or its beginning with an ellipsis, in at most so many bytes."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= limit_bytes:
        return raw.decode()
    return raw[: max(0, limit_bytes - 3)].decode("utf-8", "ignore") + "…" if limit_bytes >= 3 else ""


def shortened(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[: characters - 1] + "…"


def card_message(agent_id: int, user_id: str, card: AlertCard) -> dict[str, Any]:
    """``message/send`` of a button card. A card without buttons would be refused: it becomes a text notice."""
    return _app(agent_id, user_id, "template_card", _fitted(card))


def digest_message(agent_id: int, user_id: str, lines: Sequence[DigestLine]) -> tuple[dict[str, Any], int]:
    """``message/send`` of a markdown list, and how many lines it holds."""
    text, taken = digest(lines, APP_BYTES)
    return _app(agent_id, user_id, "markdown", {"content": text}), taken


def robot_message(lines: Sequence[DigestLine]) -> tuple[dict[str, Any], int]:
    """``webhook/send`` of a markdown list, and how many lines it holds."""
    text, taken = digest(lines, ROBOT_BYTES)
    return {"msgtype": "markdown", "markdown": {"content": text}}, taken


def update_message(agent_id: int, user_id: str, response_code: str, words: str) -> dict[str, Any]:
    """``update_template_card``: receivers are arrays here (sheet §7)."""
    return {
        "userids": [user_id],
        "agentid": agent_id,
        "response_code": response_code,
        "button": {"replace_name": shortened(words, 40)},
    }


def digest(lines: Sequence[DigestLine], limit_bytes: int) -> tuple[str, int]:
    """As many lines, from the first, as fit, with their number on top; at least one.

    Whoever sends it sends the rest next: every decision is listed in some message.
    """
    room = limit_bytes - len(_heading(len(lines), 2 * len(lines)).encode())
    taken: list[str] = []
    for line in lines:
        text = f"\n> {_plain(line.title)} [{_plain(line.order_id)}]({line.link})"
        size = len(text.encode("utf-8", "replace"))
        if taken and size > room:
            break
        taken.append(cut(text, room))
        room -= size
    return _heading(len(taken), len(lines)) + "".join(taken), len(taken)


def _heading(listed: int, total: int) -> str:
    rest = f"，其余 {total - listed} 条随后发送" if total > listed else ""
    return f"**待决策 {listed} 条**{rest}\n请在待决策队列中处理："


def _plain(text: str) -> str:
    """Text that cannot become markup: partners' words end up in titles too."""
    return "".join(sign for sign in text if sign not in "[]()<>`*#\n\r")


def _app(agent_id: int, user_id: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "touser": user_id,
        "msgtype": kind,
        "agentid": agent_id,
        kind: content,
        "enable_duplicate_check": 1,
        "duplicate_check_interval": DUPLICATE_CHECK_SECONDS,
    }


def _fitted(card: AlertCard) -> dict[str, Any]:
    """The card within its bytes."""
    evidence = cut("\n".join(f"{label}：{value}" for label, value in card.evidence), EVIDENCE_BYTES)
    sentence = shortened(card.sentence, SENTENCE)
    built = _card(card, sentence, evidence)
    over = _size(built) - APP_BYTES
    if over > 0 and evidence:
        evidence = _lighter(evidence, over)
        built = _card(card, sentence, evidence)
        over = _size(built) - APP_BYTES
    if over > 0:
        built = _card(card, _lighter(sentence, over), evidence)
    return built


def _lighter(text: str, by_bytes: int) -> str:
    """The text by so many bytes of JSON lighter; escapes make a character heavier, never lighter."""
    return cut(text, max(0, len(text.encode()) - by_bytes - 8))


def _card(card: AlertCard, sentence: str, evidence: str) -> dict[str, Any]:
    built: dict[str, Any] = {
        "card_type": "button_interaction" if card.buttons else "text_notice",
        "task_id": card.task_id,
        "main_title": {"title": shortened(card.title, TITLE), "desc": shortened(card.order_id, SUBTITLE)},
        "sub_title_text": sentence,
        "horizontal_content_list": [
            {"keyname": shortened(name, KEYNAME), "value": shortened(value, VALUE)} for name, value in card.details[:6]
        ],
        "card_action": {"type": 1, "url": card.link},
    }
    if evidence:
        built["quote_area"] = {"type": 0, "quote_text": evidence}
    if card.buttons:
        built["button_list"] = [
            {"type": 0, "text": shortened(button.text, BUTTON_TEXT), "style": 1 if place == 0 else 2, "key": button.key}
            for place, button in enumerate(card.buttons[:BUTTON_LIMIT])
            if len(button.key.encode()) <= BUTTON_KEY_BYTES
        ]
    return built


def _size(card: dict[str, Any]) -> int:
    return len(body_of(card))


def body_of(message: dict[str, Any]) -> bytes:
    """The bytes that are sent."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
