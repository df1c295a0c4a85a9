"""Judge a push of SF Express: routes (sheet §5.1), and the states of orders before pickup (§5.2).

SF signs nothing: a secret part of the path proves the sender. Order states come to the same path with
``/order-state`` behind it, because they are answered in other words.
"""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest

from orderhub.domain.errors import PartnerRejected
from orderhub.services.accept_webhook import ACCEPTED, FORGED, Push, Verdict, Words, hints

# A wrong token is answered as a path that does not exist would be: there is nothing to find here.
JSON_WORDS = Words(
    content_type="application/json;charset=UTF-8",
    accepted='{"return_code":"0000","return_msg":"成功"}',
    failed='{"return_code":"1000","return_msg":"失败"}',
    forged_status=404,
)
FORM_WORDS = Words(
    content_type="text/xml;charset=UTF-8",
    accepted='<Response service="RoutePushService"><Head>OK</Head></Response>',
    failed='<Response service="RoutePushService"><Head>ERR</Head></Response>',
    forged_status=404,
)
ORDER_STATE = "/order-state"
# Two clients answer differently and the sheet does not know who is right: the secret's `order_state_reply` says.
ORDER_STATE_REPLIES = {
    "head": '{"head":"OK","code":"OK"}',
    "success": '{"success":"true","code":"0","msg":""}',
}
ORDER_STATE_WORDS = Words(
    content_type="application/json;charset=UTF-8",
    accepted=ORDER_STATE_REPLIES["head"],
    failed='{"head":"ERR","code":"ERR","success":"false","msg":"failed"}',
    forged_status=404,
)


def is_order_state(push: Push) -> bool:
    return push.token.endswith(ORDER_STATE)


def sf_words(push: Push) -> Words:
    """SF pushes JSON, or a form whose field `content` is XML, as its console is set; it is answered alike."""
    if is_order_state(push):
        return ORDER_STATE_WORDS
    headers = push.headers
    form = "application/x-www-form-urlencoded" in headers.get("content-type", "").lower()
    return FORM_WORDS if form else JSON_WORDS


def judge_sf(push: Push, secret: Mapping[str, object]) -> Verdict:
    """Whether the path holds `webhook_token`, or `previous_webhook_token` while it is being replaced.

    All are compared, in constant time. The body proves nothing, so nothing of it is read here. Raises
    PartnerRejected when the secret holds no token.
    """
    tokens = [secret.get(name) for name in ("webhook_token", "previous_webhook_token")]
    known = [token.encode() for token in tokens if isinstance(token, str) and token]
    if not known:
        raise PartnerRejected("secretsmanager", "unreadable_secret", "no webhook_token")
    given = push.token.removesuffix(ORDER_STATE).encode("utf-8", "surrogatepass")
    matches = [compare_digest(token, given) for token in known]
    if not any(matches):
        return Verdict(FORGED)
    reply = None
    if is_order_state(push):
        reply = ORDER_STATE_REPLIES.get(str(secret.get("order_state_reply", "head")), ORDER_STATE_WORDS.accepted)
    return Verdict(
        ACCEPTED,
        trust="full",
        message_type="RoutePushService" if reply is None else "PushOrderState",
        headers=hints(push.headers, ("content-type",)),
        reply=reply,
    )
