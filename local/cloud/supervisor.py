"""A whole hub on this laptop: emulator, deployed template, simulators, proxy and ticker, kept running.

State lives under one folder (HUB_HOME); what is started is noted there by pid, so that it can be stopped even
when the supervisor was killed. A part that dies is started again with its state and its address.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from local import brand
from local.cloud.aws import client
from local.cloud.deploy import deploy
from local.cloud.emulator import ACCOUNT, REGION, Emulator
from local.cloud.paths import TEMPLATE
from local.cloud.processes import lives, stop_group
from local.cloud.proxy import Proxy
from local.cloud.run_file import NAME, Run, write_json
from local.cloud.simulators import Simulators, control
from local.cloud.template import Template, read_template, resources
from local.cloud.ticker import Ticker, schedules

PIDS = "pids.json"
PORTS = "ports.json"
PARTNERS = ("youzan", "wangdiantong", "sf", "kingdee", "wecom", "kuaidiniao", "ems")
# How the command lines of our processes are told from those of others that got the same pid later.
_MARKS = ("local/cloud/host.py", "local.cloud.leash", "local.cli", "bin/hub")
# On the path from the shop's webhook to the WMS; one worker is enough for everybody else.
BUSY = {"receive_webhook": 3, "ingest": 3, "advance": 2, "orders": 3, "warehouse": 2}


@dataclass(frozen=True)
class Options:
    """How a hub is started; `port` 0 takes a free one, `speed` is the simulators' clock."""

    home: Path
    template: Path = TEMPLATE
    port: int = 8000
    tick: float = 2.0
    speed: float = 60.0
    fresh: bool = False
    prewarm: bool = True
    parameters: Mapping[str, str] = field(default_factory=dict)


class Supervisor:
    """`start()` returns when the hub is ready; `watch()` keeps it so until `stop()`."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._home = options.home
        self._stopping = threading.Event()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._ticker: Ticker | None = None
        self._run: Run | None = None

    def start(self) -> Run:
        """Bring everything up; raises RuntimeError when a part does not start or the template is refused."""
        stop(self._home)
        if self._options.fresh:
            shutil.rmtree(self._home, ignore_errors=True)
        self._home.mkdir(parents=True, exist_ok=True)
        self._note_pids()
        ports = self._ports()
        origin = f"http://127.0.0.1:{ports['origin']}"
        self._proxy = Proxy(ports["origin"])
        self._proxy.start()
        self._emulator = Emulator(ports["emulator"], self._home / "emulator")
        settings = {name: {**values, "port": ports[name]} for name, values in brand.simulator_settings(origin).items()}
        self._simulators = Simulators(self._home / "partners", settings)
        self._launch("emulator")
        self._launch("partners")
        template = read_template(self._options.template)
        urls = self._simulators.urls()
        own = {"HubUrl": origin, "OtherWarehouseNos": brand.OTHER_WAREHOUSES, "LocalSignIn": "1"}
        patience = {"NumberPatienceSeconds": str(max(1, round(2 * self._options.tick)))}  # two minutes, as ticks go
        parameters = {**_parameters(urls), **patience, **own, **self._options.parameters}
        stack = deploy(self._options.template, self._emulator.endpoint, parameters)
        self._seed(stack, urls)
        self._run = self._describe(template, stack, origin)
        self._proxy.target = f"{self._emulator.endpoint}/_aws/execute-api/{_api_id(template, stack)}/$default"
        self._warm_up(self._run)
        self._seed_staff(origin)
        self._ticker = Ticker(self._emulator.endpoint, schedules(template), stack, self._options.tick)
        self._ticker.once()
        self._ticker.start()
        self._run.write(self._home)
        return self._run

    def watch(self) -> None:
        """Start again what dies, with its state, until `stop()` is called."""
        while not self._stopping.wait(0.25):
            for name, process in list(self._children.items()):
                if process.poll() is not None and not self._stopping.is_set():
                    print(f"{name} ended ({process.returncode}); starting it again", flush=True)
                    stop_group(process.pid)
                    self._launch(name)
                    if name == "emulator" and self._run:
                        self._run.emulator_restarts += 1
                        self._warm_up(self._run)
                        if self._ticker:
                            self._ticker.once()  # recover_all among them: the runs that died go on in a new epoch
                    if self._run:
                        self._run.pids = self._pids()
                        self._run.write(self._home)

    def stop(self) -> None:
        """Stop everything and save; afterwards no process of this hub is left."""
        self._stopping.set()
        (self._home / NAME).unlink(missing_ok=True)
        if self._ticker:
            self._ticker.stop()
        if hasattr(self, "_proxy"):
            self._proxy.stop()
        for name in ("partners", "emulator"):
            if name in self._children:
                stop_group(self._children.pop(name).pid, patience_seconds=20)
        (self._home / PIDS).unlink(missing_ok=True)

    def _launch(self, name: str) -> None:
        part = self._emulator if name == "emulator" else self._simulators
        self._children[name] = part.start()
        self._note_pids()

    def _pids(self) -> dict[str, int]:
        return {"supervisor": os.getpid(), **{name: process.pid for name, process in self._children.items()}}

    def _note_pids(self) -> None:
        write_json(self._home / PIDS, self._pids())

    def _ports(self) -> dict[str, int]:
        """The ports of the last run of this folder, so that addresses in saved state stay true; else free."""
        file = self._home / PORTS
        known = json.loads(file.read_text()) if file.exists() else {}
        if self._options.port:
            known["origin"] = self._options.port
        missing = [name for name in ("origin", "emulator", *PARTNERS) if name not in known]
        ports = {**known, **dict(zip(missing, free_ports(len(missing)), strict=True))}
        write_json(file, ports)
        return ports

    def _seed(self, stack: dict[str, str], partners: dict[str, str]) -> None:
        vault = client("secretsmanager", self._emulator.endpoint)
        for name, text in brand.secrets().items():
            if name in stack:
                vault.put_secret_value(SecretId=stack[name], SecretString=text)
        for url in partners.values():
            control(f"{url}/_sim/clock", {"speed": self._options.speed})
        seeded = self._home / "seeded"
        if not seeded.exists():
            control(f"{partners['wangdiantong']}/_sim/stock", brand.STOCK)
            seeded.touch()

    def _seed_staff(self, origin: str) -> None:
        """Through the hub's own API, as on AWS; somebody changed since stays as changed."""
        token = json.loads(brand.secrets()["HubSecret"])["api_token"]
        with httpx.Client(base_url=origin, headers={"authorization": f"Bearer {token}"}, trust_env=False) as hub:
            known = {one["staff_id"] for one in hub.get("/api/staff", timeout=60).raise_for_status().json()["staff"]}
            for staff_id, (name, roles) in brand.STAFF.items():
                if staff_id not in known:
                    body = {"name": name, "roles": roles, "by": "setup"}
                    hub.put(f"/api/staff/{staff_id}", json=body, timeout=60).raise_for_status()

    def _warm_up(self, run: Run) -> None:
        if self._options.prewarm:
            self._emulator.prewarm({name: BUSY.get(folder, 1) for folder, name in run.functions.items()})

    def _describe(self, template: Template, stack: dict[str, str], origin: str) -> Run:
        functions = resources(template, "AWS::Serverless::Function")
        machines = resources(template, "AWS::Serverless::StateMachine")
        lifecycle = "OrderLifecycle" if "OrderLifecycle" in machines else next(iter(machines), "")
        return Run(
            origin=origin,
            api=origin,
            partners=self._simulators.urls(),
            credentials=brand.CREDENTIALS,
            endpoint=self._emulator.endpoint,
            region=REGION,
            account=ACCOUNT,
            stack=stack,
            functions={
                Path(properties["CodeUri"]).name: stack[name] for name, properties in functions.items() if name in stack
            },
            tables=_physical(stack, resources(template, "AWS::DynamoDB::Table")),
            queues=_physical(stack, resources(template, "AWS::SQS::Queue")),
            state_machine=stack.get(lifecycle, ""),
            tick_seconds=self._options.tick,
            speed=self._options.speed,
            pids=self._pids(),
        )


def stop(home: Path) -> list[str]:
    """Stop what is noted in this folder, whoever started it and however it ended; names what still ran.

    The supervisor goes first: asked, it stops the others itself, and it must not start them again. A pid that
    by now belongs to another program is left alone.
    """
    file = home / PIDS
    pids: dict[str, int] = {}
    with contextlib.suppress(FileNotFoundError, ValueError):
        pids = json.loads(file.read_text())
    found = []
    for name in ("supervisor", "partners", "emulator"):
        pid = pids.get(name, 0)
        if not pid or pid == os.getpid() or not _is_ours(pid):
            continue
        found.append(name)
        if name == "supervisor":
            _end(pid, patience_seconds=45)
        else:
            stop_group(pid)
    if pids.get("supervisor") != os.getpid():
        file.unlink(missing_ok=True)
        (home / NAME).unlink(missing_ok=True)
    return found


def _end(pid: int, patience_seconds: float) -> None:
    """A foreground supervisor shares its group with the shell's job: only the process itself is ended."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
        deadline = time.monotonic() + patience_seconds
        while time.monotonic() < deadline:
            if not _is_ours(pid):
                return
            time.sleep(0.05)


def _is_ours(pid: int) -> bool:
    """Whether this pid runs now, and runs something of a hub."""
    if Path("/proc/self").exists():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return False
    else:
        command = ["ps", "-o", "args=", "-p", str(pid)]
        words = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return any(mark in words for mark in _MARKS)


def running(home: Path) -> dict[str, bool]:
    """Which of the noted processes of this folder run now."""
    try:
        pids = json.loads((home / PIDS).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return {name: _is_ours(pid) and (name == "supervisor" or lives(pid)) for name, pid in pids.items()}


def _parameters(partners: dict[str, str]) -> dict[str, str]:
    names = {
        "youzan": "YouzanBaseUrl",
        "wangdiantong": "WangdiantongBaseUrl",
        "sf": "SfBaseUrl",
        "kingdee": "KingdeeBaseUrl",
        "wecom": "WecomBaseUrl",
        "kuaidiniao": "KuaidiniaoBaseUrl",
        "ems": "EmsBaseUrl",
    }
    own = {"ShopTakesAddresses": "1", "LookSoonSeconds": "4"}  # this shop's address API is known, and time is short
    own |= {"CarrierNames": "sf,ems", "WecomOpenUrl": partners["wecom"], "WecomLoginUrl": partners["wecom"]}
    return {names[partner]: url for partner, url in partners.items()} | own


def _api_id(template: Template, stack: dict[str, str]) -> str:
    return next((stack[name] for name in resources(template, "AWS::ApiGatewayV2::Api") if name in stack), "")


def _physical(stack: dict[str, str], wanted: Iterable[str]) -> dict[str, str]:
    return {name: stack[name] for name in wanted if name in stack}


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses now."""
    sockets: list[Any] = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
