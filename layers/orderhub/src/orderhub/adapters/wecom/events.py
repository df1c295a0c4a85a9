"""What WeCom tells: a pressed button, or something that is none of our business (sheet §3.2, §4.2)."""

import re
from xml.parsers import expat

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
    """The flat fields of the XML. A DOCTYPE is refused at once: without one there are no entities to expand."""
    found: dict[str, str] = {}
    path: list[str] = []
    texts: list[str] = []

    def start(name: str, _attributes: dict[str, str]) -> None:
        path.append(name)
        texts.clear()

    def end(name: str) -> None:
        if len(path) == 2:
            found.setdefault(name, "".join(texts).strip()[:_LONGEST])
        path.pop()
        texts.clear()

    def refuse(*_: object) -> None:
        raise ValueError("a document type is not allowed")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = texts.append
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text, True)
    except (ValueError, expat.ExpatError) as error:
        raise UnreadableMessage("no_xml") from error
    return found
