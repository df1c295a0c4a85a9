"""What WeCom tells: a pressed button, or something that is none of our business (sheet §3.2, §4.2)."""

import re
from collections.abc import Sequence

from orderhub.adapters.strict_xml import walk_xml
from orderhub.adapters.wecom.crypto import CallbackKey, Undecipherable
from orderhub.adapters.wecom.signing import sealed_text
from orderhub.domain.errors import UnreadableMessage
from orderhub.ports.alerts import Press

BUTTON_EVENT = "template_card_event"
_USER = re.compile(r"[A-Za-z0-9_.@-]{1,64}")
_LONGEST = 1024


def read_callback(body: bytes, key: CallbackKey) -> Press | str:
    """The press, or the name of an event that is ignored. User ids are compared in lower case (sheet §6).

    Raises UnreadableMessage: ``undecipherable_<reason>``, ``no_xml``, ``bad_<field>``.
    """
    try:
        text = key.open(sealed_text(body))
    except Undecipherable as reason:
        raise UnreadableMessage(f"undecipherable_{reason}") from reason
    fields = _fields(text)
    event = fields.get("Event", "")
    if fields.get("MsgType") != "event" or event != BUTTON_EVENT:
        return event[:40] if event.isidentifier() else "message"
    user, task_id = fields.get("FromUserName", ""), fields.get("TaskId", "")
    option, _, decision_id = fields.get("EventKey", "").partition("|")
    if not _USER.fullmatch(user):
        raise UnreadableMessage("bad_FromUserName")
    if not task_id or not option or not decision_id:
        raise UnreadableMessage("bad_EventKey")
    return Press(user.lower(), task_id, option, decision_id, fields.get("ResponseCode", ""))


def _fields(text: bytes) -> dict[str, str]:
    """The flat fields of the XML."""
    found: dict[str, str] = {}

    def closes(path: Sequence[str], said: str) -> None:
        if len(path) == 2:
            found.setdefault(path[-1], said[:_LONGEST])

    try:
        walk_xml(text, lambda _path, _attributes: None, closes)
    except ValueError as error:
        raise UnreadableMessage("no_xml") from error
    return found
