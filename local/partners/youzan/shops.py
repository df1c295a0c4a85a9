"""The developer's apps and the shops that authorised them, read from the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TEST_KEY = "MDEyMzQ1Njc4OWFiY2RlZg=="


@dataclass(frozen=True)
class App:
    """One client id with its secret; several are valid at once while a secret is rotated."""

    client_id: str
    client_secret: str


@dataclass(frozen=True)
class Shop:
    """One shop and the keys, by version, under which its buyers' data is enciphered."""

    kdt_id: str
    name: str
    keys: dict[str, str]


@dataclass(frozen=True)
class Directory:
    """Who exists on this platform."""

    apps: dict[str, App]
    shops: dict[str, Shop]

    @property
    def first_shop(self) -> Shop:
        """Where an order goes that names no shop."""
        return next(iter(self.shops.values()))

    @property
    def first_app(self) -> App:
        """The app that signs unless a switch names another."""
        return next(iter(self.apps.values()))


def read_directory(config: dict[str, Any]) -> Directory:
    """From `apps` (or `client_id`, `client_secret`) and `shops` (or `kdt_id`, `kdt_name`, `keys`)."""
    apps = config.get("apps") or [{k: config[k] for k in ("client_id", "client_secret")}]
    shops = config.get("shops") or [
        {"kdt_id": config["kdt_id"], "name": config.get("kdt_name"), "keys": config.get("keys")}
    ]
    return Directory(
        {app["client_id"]: App(app["client_id"], app["client_secret"]) for app in apps},
        {
            str(shop["kdt_id"]): Shop(
                str(shop["kdt_id"]),
                shop.get("name") or "测试店铺",
                {str(v): k for v, k in (shop.get("keys") or {"1": TEST_KEY}).items()},
            )
            for shop in shops
        },
    )
