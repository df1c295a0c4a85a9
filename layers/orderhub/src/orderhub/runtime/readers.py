"""How the messages of each partner are read: (partner, kind) → reader."""

from collections.abc import Callable

from orderhub.adapters.kuaidiniao.tracks import read_push as read_track_push
from orderhub.adapters.sf.order_states import read_order_states
from orderhub.adapters.sf.routes import read_push as read_route_push
from orderhub.adapters.youzan import mapping as youzan
from orderhub.adapters.youzan.crypto import PersonalDataKeys, Undecipherable
from orderhub.domain.errors import PartnerUnavailable, UnreadableMessage
from orderhub.ports.world import Digest, Seal
from orderhub.runtime.clients import secret
from orderhub.services.address_gate import check_address
from orderhub.services.take_message import Ignored, Message, Routes, Understood


def readers(
    seal: Seal, digest: Digest, ask_for_keys: Callable[[str], None]
) -> dict[tuple[str, str], Callable[[Message], Understood]]:
    """Each raises UnreadableMessage for what it cannot understand.

    A text whose key version is unknown makes the message wait (PartnerUnavailable) while the keys are fetched.
    """

    def open_text(shop_id: str, text: str) -> str:
        held = secret("YOUZAN_KEYS_SECRET_ID")
        try:
            return PersonalDataKeys(held.content()).decrypt(shop_id, text)  # type: ignore[arg-type]
        except Undecipherable as unknown:
            if held.renew():
                return open_text(shop_id, text)
            ask_for_keys(shop_id)
            raise PartnerUnavailable("youzan", "a decryption key is not here yet") from unknown

    def push(message: Message) -> Understood:
        read = youzan.read_push(message.body, message.received_at, open_text, seal, digest, check_address)
        return Ignored(read.reason) if isinstance(read, youzan.Ignored) else read

    def detail(message: Message) -> Understood:
        return youzan.read_detail(message.body, message.received_at, open_text, seal, digest, gate=check_address)

    def routes(message: Message) -> Understood:
        states = read_order_states(message.body, message.received_at)
        if states is not None:
            return Routes((), states.unreadable, states.notices, states.unexplained)
        read = read_route_push(message.body, message.content_type)
        return Routes(read.events, read.unreadable)

    def tracks(message: Message) -> Understood:
        read = read_track_push(message.body)
        return Routes(read.events, read.unreadable)

    return {
        ("youzan", "push"): push,
        ("youzan", "detail"): detail,
        ("sf", "push"): routes,
        ("kuaidiniao", "push"): tracks,
        ("ems", "push"): _steps_of_ems,
        ("wecom", "push"): _callback,
    }


def _steps_of_ems(message: Message) -> Understood:
    """A push of EMS; one that the keys at hand do not open is tried with the secret as it is now."""
    from orderhub.adapters.ems.push import read_push

    held = secret("EMS_SECRET_ID")

    def read() -> Understood:
        content = held.content()
        keys = [str(content[name]) for name in ("sign_key", "previous_sign_key") if content.get(name)]
        try:
            told = read_push(message.body, keys)
        except ValueError as failure:
            raise PartnerUnavailable("ems", "sign_key is no key") from failure
        return Routes(told.events, told.unreadable)

    try:
        return read()
    except UnreadableMessage:
        if not held.renew():
            raise
    return read()


def _callback(message: Message) -> Understood:
    """A callback of WeCom; one that the key at hand does not open is tried with the secret as it is now."""
    from orderhub.adapters.wecom.crypto import CallbackKey, Undecipherable
    from orderhub.adapters.wecom.events import read_callback

    held = secret("WECOM_SECRET_ID")

    def read() -> Understood:
        content = held.content()
        try:
            key = CallbackKey(str(content.get("encoding_aes_key", "")), str(content.get("corp_id", "")))
        except Undecipherable as reason:
            raise UnreadableMessage(f"undecipherable_{reason}") from reason
        found = read_callback(message.body, key)
        return Ignored(found) if isinstance(found, str) else found

    try:
        return read()
    except UnreadableMessage:
        if not held.renew():
            raise
    return read()
