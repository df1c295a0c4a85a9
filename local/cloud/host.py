"""Run the emulator so that it suits a laptop: crash-safe, with a bounded number of pre-started workers.

Runs in the emulator's own environment (`.emulator`), as a script; its settings are environment variables.

- State. The emulator saves on a clean stop only. Here a forked child saves a snapshot every HUB_SAVE_SECONDS (of a
  large state less often, about every 15 s), so `kill -9` loses no more than that: a fork freezes all services at
  one instant and does not stop the parent while it writes. The files are put in place when all are written: a crash
  leaves no mix of snapshots.
- Workers. A burst of calls would start a process each, and two cores would do nothing but start them.
  HUB_WORKERS is the number per function; a call beyond it waits for a free one.
- Pre-start. `prewarm.json` ({function: workers}) in the working directory is done and then removed.
- Streams. Saved with the tables (`streams.py`), or their readers would be deaf after a restart.
- Patience. What AWS limits by the clock, while nothing else runs on its machine, gets more of it here: the start of a
  function, an expression of a state machine.
- Serving. By another server than the emulator's own (`serving.py`).
- Leash. When standard input closes, whoever started this is gone: a clean stop.

The version of the emulator is pinned exactly in pyproject.toml because internals are used here.
"""

import copy
import json
import marshal
import os
import signal
import socketserver
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonata
import leash  # type: ignore[import-not-found]  # beside this script
import serving  # type: ignore[import-not-found]
import streams  # type: ignore[import-not-found]
from ministack import app
from ministack.core import lambda_runtime, persistence
from ministack.services import dynamodb, lambda_svc, stepfunctions

SAVE_PATIENCE_SECONDS = 30.0
# Saving thousands of orders takes seconds: it rests longer then, or one of two cores would do nothing else.
SAVE_REST = 8.0
LONGEST_REST_SECONDS = 15.0
# A function that calls itself must not wait for itself for ever: after this, one more worker is started.
WORKER_PATIENCE_SECONDS = 10.0
EXPRESSION_PATIENCE = 30  # times what AWS allows
# AWS gives a function 10 s to begin; here all of them may begin at once, on two cores that do other work too.
INIT_SECONDS = 40.0
PREWARM = Path("prewarm.json")


def _save_for_ever(every_seconds: float) -> None:
    state = Path(persistence.STATE_DIR)
    took = 0.0
    while True:
        time.sleep(max(every_seconds, min(SAVE_REST * took, LONGEST_REST_SECONDS)))
        began = time.monotonic()
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            child = os.fork()
        if child == 0:
            _save_and_exit(state)
        _wait(child)
        took = time.monotonic() - began


def _save_and_exit(state: Path) -> None:
    """In the child: write every service's state aside, put all files in place, leave without any clean-up."""
    # A socket kept open here would hold the port of a parent that was killed meanwhile.
    os.closerange(3, 65536)
    fresh = state / ".next"
    fresh.mkdir(parents=True, exist_ok=True)
    persistence.STATE_DIR = str(fresh)
    persistence.save_all(app._build_persistence_save_dict())
    for file in fresh.glob("*.json"):
        file.replace(state / file.name)
    os._exit(0)


def _wait(child: int) -> None:
    """A child forked while another thread held a lock can hang: it is ended, and the next one saves."""
    deadline = time.monotonic() + SAVE_PATIENCE_SECONDS
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return
        time.sleep(0.02)


def _lease_patiently(*args: Any, max_concurrency: int | None = None, **options: Any) -> tuple[Any, str]:
    """The emulator's own lease of a worker, but at the limit it waits for one instead of refusing."""
    limit = max_concurrency or int(os.environ.get("HUB_WORKERS", "4"))
    deadline = time.monotonic() + WORKER_PATIENCE_SECONDS
    while time.monotonic() < deadline:
        worker, how = lambda_runtime.acquire_worker(*args, max_concurrency=limit, **options)
        if worker is not None:
            return worker, how
        time.sleep(0.005)
    worker, how = lambda_runtime.acquire_worker(*args, max_concurrency=None, **options)
    return worker, how


def _prewarm_for_ever() -> None:
    while True:
        time.sleep(0.1)
        if PREWARM.exists():
            wanted = json.loads(PREWARM.read_text())
            workers = [worker for name, count in wanted.items() for worker in _lease(name, count)]
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                list(pool.map(_start, workers))
            PREWARM.unlink()


def _lease(name: str, count: int) -> list[Any]:
    function, config, _ = lambda_svc._get_func_record_for_ref(name)
    if not function or not config:
        return []
    leased = (
        lambda_runtime.acquire_worker(name, config, function["code_zip"], max_concurrency=count) for _ in range(count)
    )
    return [worker for worker, _ in leased if worker is not None]


def _start(worker: Any) -> None:
    """Start the worker's process; one whose function cannot be imported is reported by its first call."""
    try:
        lambda_runtime.ensure_spawned(worker)
    except Exception as error:
        print(f"prewarm {worker.func_name}: {error}", file=sys.stderr, flush=True)
    finally:
        lambda_runtime.release_worker(worker)


def _copy_quickly() -> None:
    """DynamoDB copies every item it reads or writes; items are plain JSON, which marshal copies 10 times faster."""

    def deepcopy(value: Any, memo: Any = None) -> Any:
        try:
            return marshal.loads(marshal.dumps(value))  # noqa: S302  # what was dumped a moment ago
        except ValueError:
            return copy.deepcopy(value, memo)

    dynamodb.copy = SimpleNamespace(copy=copy.copy, deepcopy=deepcopy)


def _evaluate_patiently() -> None:
    """An expression of a state machine may take 1 s on AWS. Here a second may pass while the machine does other things,
    and the run would be told that its expression is wrong."""
    parse = jsonata.Jsonata.jsonata

    def patient(expression: str, timeout: int | None = None) -> Any:
        return parse(expression, timeout=timeout and timeout * EXPRESSION_PATIENCE)

    stepfunctions.jsonata = SimpleNamespace(**vars(jsonata) | {"Jsonata": SimpleNamespace(jsonata=patient)})


def main() -> None:
    """Save and pre-start in the background, serve in the foreground until SIGTERM."""
    # The Runtime API answers in two small writes: without this each invocation waits 40 ms for an ACK.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    lambda_svc.acquire_worker = _lease_patiently
    lambda_runtime._PROVIDED_INIT_TIMEOUT = INIT_SECONDS
    _copy_quickly()
    _evaluate_patiently()
    streams.keep()
    leash.hold()
    every_seconds = float(os.environ.get("HUB_SAVE_SECONDS", "2"))
    threading.Thread(target=_save_for_ever, args=(every_seconds,), daemon=True, name="saver").start()
    threading.Thread(target=_prewarm_for_ever, daemon=True, name="prewarm").start()
    serving.serve(app.app)


if __name__ == "__main__":
    main()
