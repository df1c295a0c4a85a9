"""`python -m local.partners --config FILE [--ports-file FILE]`: all configured simulators in one process.

The config is JSON: {"state_dir": …, "partners": {"<name>": {"port": 0 or a number, <settings and
switches>}}}. When all listen, one JSON line {"<name>": "<base url>"} is printed and, if asked, written to
the ports file. SIGTERM and SIGINT stop everything.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.partners.chassis.server import Running, listen, url_of
from local.partners.chassis.simulator import Simulator

PARTNERS = ("youzan", "wangdiantong", "sf", "kingdee", "wecom", "kuaidiniao", "ems")
_NEIGHBOURS = {
    "wangdiantong": {"carrier_url": "sf", "post_url": "ems"},
    "sf": {"shop_url": "youzan"},
    "ems": {"shop_url": "youzan"},
}


def build(name: str, settings: Mapping[str, Any], state_dir: Path | None) -> Simulator:
    """What `local.partners.<name>.create(settings, state_dir)` makes; ValueError for an unknown name."""
    if name not in PARTNERS:
        raise ValueError(f"no simulator {name!r}; there are {PARTNERS}")
    simulator: Simulator = importlib.import_module(f"local.partners.{name}").create(settings, state_dir)
    return simulator


def start(config: Mapping[str, Any]) -> dict[str, Running]:
    """Starts what the config names; neighbours that nobody configured are introduced to each other."""
    state_dir = Path(config["state_dir"]) if config.get("state_dir") else None
    settings = {name: dict(values) for name, values in config["partners"].items()}
    sockets = {name: listen(int(values.pop("port", 0))) for name, values in settings.items()}
    simulators = {name: build(name, values, state_dir) for name, values in settings.items()}
    for name, links in _NEIGHBOURS.items():
        if name in simulators:
            simulators[name].fill_settings(
                {key: url_of(sockets[other]) for key, other in links.items() if other in sockets}
            )
    return {name: Running(simulator, sockets[name]) for name, simulator in simulators.items()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.partners", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--ports-file", type=Path)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    running = start(json.loads(arguments.config.read_text(encoding="utf-8")))
    ports = json.dumps({name: server.url for name, server in running.items()})
    if arguments.ports_file is not None:
        written = arguments.ports_file.with_suffix(".tmp")
        written.write_text(ports, encoding="utf-8")
        written.replace(arguments.ports_file)
    print(ports, flush=True)
    stop.wait()
    for server in running.values():
        server.stop()


if __name__ == "__main__":
    main()
