"""Which carriers the hub has: those named with a contract; each client is made when a parcel goes by it."""

import pytest

from orderhub.domain.journey import CARRIERS
from orderhub.domain.waybill_content import DEFAULT_CARRIER
from orderhub.runtime import carriers as wired
from orderhub.runtime import partners


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The clients made so far."""
    made: list[str] = []
    for name in CARRIERS:
        monkeypatch.setattr(partners, name, lambda name=name: made.append(name) or f"client of {name}")
    for store in ("orders", "effects", "seal"):
        monkeypatch.setattr(wired, store, lambda: None)
    return made


def test_the_usual_carrier_is_there_and_another_is_made_when_it_is_asked_for(
    made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARRIERS", ",".join(CARRIERS))
    clients = wired.carriage().partners
    assert (tuple(clients), CARRIERS[0], len(clients)) == (CARRIERS, DEFAULT_CARRIER, 2)
    assert "ems" in clients
    assert "yto" not in clients
    assert made == ["sf"]
    assert clients["ems"] == "client of ems"
    assert (clients["sf"], made) == ("client of sf", ["sf", "ems"])


def test_a_carrier_that_is_not_named_is_none_of_ours(made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARRIERS", raising=False)
    clients = wired.carriage().partners
    assert "ems" not in clients
    with pytest.raises(KeyError):
        clients["ems"]
    assert made == ["sf"]
