"""The partners' clients, wired from the environment and their secrets: limits and breaker are shared."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from orderhub.adapters.dynamodb.breaker import CLOSED, DynamoBreaker
from orderhub.adapters.dynamodb.limits import DynamoLimits, Rate
from orderhub.adapters.partner_http import PartnerHttp
from orderhub.ports.alerts import WecomPartner
from orderhub.ports.partners import CarrierPartner, LedgerPartner, ShopPartner, WarehousePartner
from orderhub.runtime.clients import aws, now_ms, secret
from orderhub.runtime.settings import optional, required

TIMEOUT_SECONDS = {
    "wangdiantong": 4.5,
    "sf": 6.0,
    "ems": 3.5,
    "kingdee": 3.0,
    "youzan": 5.0,
    "wecom": 5.0,
    "kuaidiniao": 6.0,
}
"""Of one call. All calls of one effect together stay below its lease (``services.effects.LEASE_MS``): four to
Wangdiantong (withdraw), three to SF and five to EMS (void), five to Kingdee (save, submit, audit with look-ups), two to
Youzan."""
TURN_PATIENCE_MS = {"youzan": 4_500}
"""How long one call waits for its turn, where the lease has room for it. A warehouse reports its shipments by the
fifty: the shop is told of all of them at once, and a message that is refused waits for its queue's timeout."""
PUSHED_TOGETHER = frozenset({"trade_push"})
"""Methods whose limit is kept by the use case, which takes others along in one call."""


class _LimitsBut:
    """Limits for every method but those kept elsewhere."""

    def __init__(self, limits: DynamoLimits, methods: frozenset[str]) -> None:
        self._limits = limits
        self._methods = methods

    def take(self, partner: str, method: str, now: int) -> int:
        return 0 if method in self._methods else self._limits.take(partner, method, now)

    def pause(self, partner: str, method: str, until: int) -> None:
        self._limits.pause(partner, method, until)


@cache
def limits() -> DynamoLimits:
    per_minute = int(optional("WANGDIANTONG_CALLS_PER_MINUTE", "60"))
    rates = {
        ("wangdiantong", "*"): Rate(per_minute, 60_000, burst=max(1, per_minute // 6)),
        ("youzan", "*"): Rate(10, 1_000, burst=2),  # a small burst: more calls fit into a busy second
        ("sf", "*"): Rate(30, 1_000, burst=15),
        ("ems", "*"): Rate(10, 1_000, burst=5),  # EMS publishes no limit
        ("kingdee", "*"): Rate(20, 1_000, burst=10),
        ("kuaidiniao", "*"): Rate(20, 1_000, burst=10),
        ("wecom", "*"): Rate(50, 1_000, burst=20),
        ("wecom_member", "*"): Rate(30, 60_000, burst=15),  # and never above 915 an hour: 1,000 are allowed
        ("wecom_robot", "*"): Rate(20, 60_000, burst=5),
    }
    return DynamoLimits(aws("dynamodb"), required("ORDERS_TABLE")["ORDERS_TABLE"], rates, {})


@cache
def breaker(partner: str) -> DynamoBreaker:
    return DynamoBreaker(aws("dynamodb"), required("ORDERS_TABLE")["ORDERS_TABLE"], partner, now_ms)


def is_down(partner: str) -> bool:
    """Whether the partner's breaker is not closed, read now: a probe under way has not proven anything yet."""
    return breaker(partner).read().state != CLOSED


def _http(partner: str) -> PartnerHttp:
    kept_elsewhere = PUSHED_TOGETHER if partner == "wangdiantong" else frozenset()
    return PartnerHttp(
        partner,
        TIMEOUT_SECONDS[partner],
        limits=_LimitsBut(limits(), kept_elsewhere),
        breaker=breaker(partner),
        turn_patience_ms=TURN_PATIENCE_MS.get(partner, 0),
    )


def _url(variable: str) -> str:
    return required(variable)[variable]


_clients: dict[str, tuple[str, Any]] = {}


def _renewed_with[T](variable: str, build: Callable[[Any], T]) -> T:
    """The partner's client, built again when its secret is another one: a rotation needs no new instance."""
    held = secret(variable).content()
    fingerprint = json.dumps(held, sort_keys=True)
    known = _clients.get(variable)
    if known is None or known[0] != fingerprint:
        known = _clients[variable] = (fingerprint, build(held))
    client: T = known[1]
    return client


def wangdiantong() -> WarehousePartner:
    from orderhub.adapters.wangdiantong.client import WangdiantongClient

    url = _url("WANGDIANTONG_BASE_URL")
    return _renewed_with(
        "WANGDIANTONG_SECRET_ID",
        lambda held: WangdiantongClient(url, {k: str(v) for k, v in held.items()}, _http("wangdiantong"), now_ms),
    )


def sf() -> CarrierPartner:
    from orderhub.adapters.sf.client import SfClient, SfCredentials
    from orderhub.domain.sender import Sender

    def build(held: Any) -> SfClient:
        credentials = SfCredentials(held["partner_id"], held["check_word"], held["month_card"])
        return SfClient(_http("sf"), _url("SF_BASE_URL"), credentials, Sender(**held["sender"]))

    return _renewed_with("SF_SECRET_ID", build)


def ems() -> CarrierPartner:
    """Imported when first asked for: an order that goes by SF pays nothing for EMS's cipher."""
    from orderhub.adapters.ems.client import EmsClient, EmsCredentials
    from orderhub.domain.sender import Sender

    def build(held: Any) -> EmsClient:
        return EmsClient(_http("ems"), _url("EMS_BASE_URL"), EmsCredentials.of(held), Sender(**held["sender"]))

    return _renewed_with("EMS_SECRET_ID", build)


def kuaidiniao() -> Any:
    from orderhub.adapters.kuaidiniao.client import KuaidiniaoClient, KuaidiniaoCredentials
    from orderhub.domain.sender import Sender

    def build(held: Any) -> KuaidiniaoClient:
        credentials, sender = KuaidiniaoCredentials.of(held), Sender(**held["sender"])
        return KuaidiniaoClient(_http("kuaidiniao"), _url("KUAIDINIAO_BASE_URL"), credentials, sender)

    return _renewed_with("KUAIDINIAO_SECRET_ID", build)


def youzan() -> ShopPartner:
    from orderhub.adapters.youzan.client import YouzanClient

    def build(held: Any) -> YouzanClient:
        mobile = str(held.get("sender_mobile", ""))
        return YouzanClient(_url("YOUZAN_BASE_URL"), held, _http("youzan"), now_ms, sender_mobile=mobile)

    return _renewed_with("YOUZAN_SECRET_ID", build)


def wecom() -> WecomPartner:
    from orderhub.adapters.wecom.client import WecomClient

    return _renewed_with(
        "WECOM_SECRET_ID", lambda held: WecomClient(_url("WECOM_BASE_URL"), held, _http("wecom"), now_ms)
    )


def wecom_sign_in(state: str, back: str, is_wecoms_browser: bool) -> str:
    """Where a person is sent to prove who they are; empty while the secret of WeCom names no app."""
    from orderhub.adapters.wecom.sign_in import authorize_url, scan_url

    held = secret("WECOM_SECRET_ID").content()
    corp, agent = str(held.get("corp_id", "")), str(held.get("agent_id", ""))
    if not corp or not agent:
        return ""
    if is_wecoms_browser:
        return authorize_url(_url("WECOM_OPEN_URL"), corp, back, state)
    return scan_url(_url("WECOM_LOGIN_URL"), corp, agent, back, state)


def kingdee() -> LedgerPartner:
    from orderhub.adapters.kingdee.client import KingdeeClient, KingdeeCredentials
    from orderhub.adapters.kingdee.mapping import LedgerSettings

    def build(held: Any) -> KingdeeClient:
        settings = json.loads(required("LEDGER_SETTINGS")["LEDGER_SETTINGS"])
        credentials = KingdeeCredentials(
            held["acct_id"],
            held["user"],
            held["app_id"],
            held["app_secret"],
            lcid=int(held["lcid"]),
            org_num=str(held["org_num"]),
        )
        return KingdeeClient(_http("kingdee"), _url("KINGDEE_BASE_URL"), credentials, LedgerSettings(**settings))

    return _renewed_with("KINGDEE_SECRET_ID", build)
