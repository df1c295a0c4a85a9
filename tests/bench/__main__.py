"""`python -m tests.bench [--only name]`: measures, tells its progress on stderr, prints one JSON document last."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from local.cloud.paths import ROOT
from tests.bench import (
    address,
    cold_import,
    intake,
    labels,
    oversell,
    pages,
    per_order,
    read_models,
    rules,
    to_wms,
    webhook_cpu,
)

MEASURES: dict[str, Callable[[], dict[str, Any]]] = {
    "cold_import": cold_import.measure,
    "address": address.measure,
    "webhook_cpu": webhook_cpu.measure,
    "oversell": oversell.measure,
    "rules": rules.measure,
    "labels": labels.measure,
    "to_wms": to_wms.measure,
    "read_models": read_models.measure,
    "intake": intake.measure,
    "pages": pages.measure,
    "per_order": per_order.measure,
}


def main() -> int:
    """Run all measurements, or one; what could not be measured is named in `failed` and makes the exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", choices=MEASURES, help="measure one")
    only = parser.parse_args().only
    document: dict[str, Any] = {"machine": _machine()}
    failed: dict[str, str] = {}
    for name in [only] if only else list(MEASURES):
        started = time.monotonic()
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            document |= MEASURES[name]()
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            failed[name] = str(error)[:500]
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    document["machine"]["load_at_the_end"] = round(os.getloadavg()[0], 1)
    if failed:
        document["failed"] = failed
    print(json.dumps(document, ensure_ascii=False))
    return 1 if failed else 0


def _machine() -> dict[str, Any]:
    """Where and when: latencies mean little without it. Other people's work on the machine shows in the load."""
    revision = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return {
        "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "revision": revision.stdout.strip(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_at_the_start": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    sys.exit(main())
