"""What the room `orderhub.address` does and costs.

    {"address_gate": {"complete_passes": share, "<kind of bad address>": share that is stopped},
     "address_start_ms": import and first parse, "address_rss_mb": memory they add,
     "address_parse_us", "address_compare_us": CPU per call, "address_sample": n}

The addresses are made from the division data, in the ways people and platforms write: complete ones must pass the
gate, bad ones must stop. Accuracy on addresses that people wrote is measured elsewhere (docs/measurements.md). Start
and memory (Linux) are the least of several new processes; the other times are CPU time.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from orderhub import address
from orderhub.address.divisions import divisions

ROOT = Path(__file__).parents[2]
SEED, SAMPLE, ROUNDS = 20261125, 6000, 7
ROADS = ("文三路", "人民中路", "建设大街", "解放西路", "滨河大道", "工业三路", "中山北路", "学府路")
PLACES = ("翡翠花园", "金色家园", "创业大厦", "科技园", "滨江国际", "阳光小区")
PROGRAM = """
import argparse, collections, gzip, json, re, time
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4 / 1024
before, started = resident(), time.perf_counter()
from orderhub import address
address.parse("浙江省杭州市西湖区文三路1号")
print(json.dumps([(time.perf_counter() - started) * 1000,
                  resident() - before]))
"""

type Parts = tuple[str, str, str, str, str]  # province, city, district, town, detail


def measure() -> dict[str, Any]:
    """The document above."""
    dice = random.Random(SEED)
    places = list(_places())
    sample = [dice.choice(places) for _ in range(SAMPLE)]
    written = [(*place, _detail(dice)) for place in sample]
    complete = [dice.choice(WAYS)(parts) for parts in written]
    gate = {"complete_passes": _share(complete, passes=True)}
    gate |= {name: _share([bad(parts, dice) for parts in written], passes=False) for name, bad in BAD.items()}
    parse_us = _cpu_us(address.parse, [(text,) for text in complete])
    compare_us = _cpu_us(address.compare, list(itertools.pairwise(complete)))
    starts = [_start() for _ in range(ROUNDS)]
    return {
        "address_gate": gate,
        "address_start_ms": round(min(ms for ms, _ in starts), 1),
        "address_rss_mb": round(min(mb for _, mb in starts), 1),
        "address_parse_us": parse_us,
        "address_compare_us": compare_us,
        "address_sample": SAMPLE,
    }


def _places() -> Iterator[tuple[str, str, str, str]]:
    """Every town of every district (province, city, district, town), by today's names; no zones."""
    known = divisions()
    for province in (code for code in known.codes() if len(code) == 2):
        for code in (c for c in known.codes() if c[:2] == province and len(c) >= 4):
            city = known.city_of(code)
            above = known.name(province), known.name(city)
            if above[0] == above[1]:
                above = above[0], ""
            below = known.name(code) if len(code) == 6 and code != city else ""
            yield from ((*above, below, town) for town in known.towns_of(code))


def _detail(dice: random.Random) -> str:
    house = f"{dice.choice(ROADS)}{dice.randrange(1, 999)}号"
    building, unit, room = dice.randrange(1, 30), dice.randrange(1, 5), dice.randrange(101, 2904)
    return dice.choice(
        (
            house,
            f"{house}{dice.choice(PLACES)}",
            f"{house}{dice.choice(PLACES)}{building}幢{unit}单元{room}室",
            f"{dice.choice(PLACES)}{building}-{unit}-{room}",
        )
    )


WAYS: tuple[Callable[[Parts], str], ...] = (
    "".join,
    " ".join,
    lambda p: p[0] + p[1] + p[2] + p[0] + p[1] + p[2] + p[3] + p[4],  # the platform's fields, repeated in the detail
    lambda p: p[0].removesuffix("省") + (p[1] if p[1] == p[2] else p[1].removesuffix("市")) + "".join(p[2:]),
    lambda p: f"{p[0]},{p[1]},{p[2]},{p[3]} {p[4]}",
    lambda p: p[0] + p[1] + p[2] + p[4],  # without the town
)


def _elsewhere(parts: Parts, dice: random.Random) -> str:
    """The district of another province behind this city."""
    known = divisions()
    others = [
        known.name(code)
        for code in dice.sample(known.codes(), 200)
        if len(code) == 6 and known.name(code)[-1] in "区县市旗" and known.name(known.province_of(code)) != parts[0]
    ]
    here = {known.name(code) for code in known.codes() if known.name(known.province_of(code)) == parts[0]}
    return parts[0] + parts[1] + next(name for name in others if name not in here) + parts[4]


BAD: dict[str, Callable[[Parts, random.Random], str]] = {
    "region_only_stops": lambda p, _: "".join(p[:3]),
    "no_region_stops": lambda p, _: p[4],
    "no_number_stops": lambda p, dice: "".join(p[:4]) + dice.choice(ROADS),
    "other_province_stops": _elsewhere,
}


def _share(texts: list[str], *, passes: bool) -> float:
    return round(sum(address.parse(text).passes is passes for text in texts) / len(texts), 4)


def _cpu_us(call: Callable[..., object], arguments: list[tuple[str, ...]]) -> float:
    for given in arguments[:200]:
        call(*given)
    started = time.process_time()
    for given in arguments:
        call(*given)
    return round((time.process_time() - started) / len(arguments) * 1e6, 1)


def _start() -> tuple[float, float]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "layers/orderhub/src")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True, cwd=ROOT
    )
    milliseconds, megabytes = json.loads(done.stdout)
    return milliseconds, megabytes


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(), ensure_ascii=False) + "\n")
