"""打包: the packing station (R44). The page loads the list once and answers scans by itself, also without a connection.

Its pieces are JSON from the services the API uses, for the person who is signed in.
"""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from orderhub.contracts import api_packing
from orderhub.contracts.api import status_of
from orderhub.runtime import wiring
from orderhub.services import packing as room
from orderhub.services.decide import Rejected
from orderhub.services.record_packing import record, results_from
from pages.assets import asset
from pages.frame import render, show
from pages.page import Answer
from pages.visit import Visit

SCRIPTS = tuple(
    f"packing{part}.js" for part in ("-words", "-logic", "-store", "-sound", "-label", "-camera", "-screen", "")
)
DECODER = "vendor/zxing.min.js"
"""Reads barcodes where the browser does not; loaded when the camera is opened, kept by the worker beforehand."""

FILES = ("hub.css", "packing.css", "icon.svg", *SCRIPTS, DECODER)
JSON = "application/json; charset=utf-8"


def station(visit: Visit) -> Answer:
    """GET /packing: nothing of an order is in it, so the worker may keep it."""
    return show("packing.html", visit, areas=wiring.label_areas(), scripts=SCRIPTS, decoder=DECODER, here="packing")


def worker(visit: Visit) -> Answer:
    """GET /packing/sw.js: keeps the page and its files, by their digests. Open to everybody: it holds no data."""
    files = [asset(name) for name in FILES]
    version = sha256(" ".join(files).encode()).hexdigest()[:12]
    body = render("packing-sw.js", visit, files=json.dumps(files), version=version)
    headers = {"cache-control": "no-cache", "service-worker-allowed": "/packing"}
    return Answer(body, 200, "text/javascript; charset=utf-8", headers)


def wave(visit: Visit) -> Answer:
    """GET /packing/wave: the list, with what the station needs to send results as this person."""

    def read() -> Mapping[str, Any]:
        asked = api_packing.WaveQuery.of_query(visit.query)
        found = room.wave(wiring.packing_room(), visit.person.sees_shop, asked.order_ids)
        return {**found, "staff": visit.person.staff_id, "csrf": visit.csrf}

    return _json(read)


def scanned(visit: Visit) -> Answer:
    """GET /packing/scan: what a code means that the loaded list does not know."""

    def read() -> Mapping[str, Any]:
        asked = api_packing.ScanQuery.of_query(visit.query)
        try:
            return room.find(asked.code, wiring.packing_room(), visit.person.sees_shop)
        except Rejected as unknown:
            if unknown.code != "no_such_code":
                raise
            return {"code": asked.code, "parcels": []}

    return _json(read)


def changes(visit: Visit) -> Answer:
    """GET /packing/changes: asked every other second; ids and versions only."""

    def read() -> Mapping[str, Any]:
        asked = api_packing.ChangesQuery.of_query(visit.query)
        return room.changes(asked.since, wiring.packing_room(), visit.person.sees_shop)

    return _json(read)


def recorded(visit: Visit) -> Answer:
    """POST /packing/results: the field ``results`` holds a batch as JSON; whoever is signed in packed it."""

    def write() -> Mapping[str, Any]:
        batch = api_packing.PackingBatch.read(visit.form.get("results"))
        staff, orders = visit.staff or visit.person, wiring.orders()  # packed before another shop was chosen, perhaps
        return record(results_from(batch.rows), staff.staff_id, orders, visit.now, staff.sees_shop)

    return _json(write)


def _json(work: Callable[[], Mapping[str, Any]]) -> Answer:
    try:
        return Answer(json.dumps(work(), ensure_ascii=False), 200, JSON)
    except Rejected as refused:
        told = {"error": {"code": refused.code, "message": str(refused)[:200]}}
        return Answer(json.dumps(told, ensure_ascii=False), status_of(refused.code), JSON)
