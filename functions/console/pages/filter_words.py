"""What narrows a list of orders, in words: so that nobody reads codes (R40)."""

from collections.abc import Mapping

from orderhub.contracts.words import STATES
from orderhub.services.order_words import AGREEMENTS, DEFECTS, TOOK, class_words
from pages.visit import Visit

_ANY = ("任何", "any")


def words_of(wanted: Mapping[str, str], visit: Visit) -> list[str]:
    """One phrase for each filter, in the order in which people say them."""
    said: list[str] = []
    if day := wanted.get("day"):
        since = wanted.get("since", day)
        said.append(_day(day) if since == day else f"{_day(since)} – {_day(day)}")
    is_shipped = wanted.get("by") == "shipped" or "defect" in wanted or "agreement" in wanted or "took" in wanted
    if "state" not in wanted or is_shipped:
        said.append(visit.say("出库", "shipped") if is_shipped else visit.say("下单", "placed"))
    if state := wanted.get("state"):
        said.append(visit.say(*STATES.get(state, (state, state))))
    if exception := wanted.get("exception"):
        words = _ANY if exception == "any" else _pair(class_words(exception))
        said.append(f"{visit.say('例外', 'exception')}: {visit.say(*words)}")
    if defect := wanted.get("defect"):
        words = _ANY if defect == "any" else _pair(DEFECTS.get(defect, {"zh": defect, "en": defect}))
        said.append(f"{visit.say('差错', 'defect')}: {visit.say(*words)}")
    if agreement := wanted.get("agreement"):
        said.append(visit.say(*_pair(AGREEMENTS.get(agreement, {"zh": agreement, "en": agreement}))))
    if took := wanted.get("took"):
        said.append(f"{visit.say('支付→出库', 'payment to outbound')} {_took(took)}")
    return said


def _took(took: str) -> str:
    hours = ("0", *TOOK)
    if took not in TOOK:
        return f"> {hours[-1]} h"
    return f"{hours[hours.index(took) - 1]}–{took} h"


def _pair(words: Mapping[str, str]) -> tuple[str, str]:
    return words["zh"], words["en"]


def _day(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"
