"""What drawing labels costs, in a new process on the built layers, and how large those are.

    {"labels": {"layers_mb": {layer: MB unpacked, compiled}, "import_ms": PDF, codes and image libraries,
                "first_pdf_ms": with reading the font, "pdf_ms", "png_ms": each later one, "peak_mb": of the process}}

The layers are built as the laptop's hub builds them (`local/cloud/artifacts.py`): AWS allows 250 MB for a function with
all of its layers. The times are the least of several new processes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from local.cloud.artifacts import build_layer

ROOT = Path(__file__).parents[2]
ROUNDS = 5
PROGRAM = """
import json, resource, time
def since(start):
    return round((time.perf_counter() - start) * 1000)
start = time.perf_counter()
import barcode.codex, fpdf, pypdfium2, segno
import PIL.Image
took = {"import_ms": since(start)}
from orderhub.domain.sender import Sender
from orderhub.adapters.labels.renderer import PdfLabels
from orderhub.domain.label import LabelWaybill, label_of
from orderhub.domain.order import Receiver
from orderhub.ports.labels import LabelFormat
from tests.kit.orders import order
label = label_of(order(), 1, Receiver("张三", "13800130001", "文三路478号华星时代广场A座1203室"),
                 Sender("示例仓库", "13800130000", "浙江省", "杭州市", "余杭区", "仓前街道示例路1号"),
                 LabelWaybill("SF7444400000001", 1, "sf", "live", {"destRouteLabel": "571W-571AB-123"}))
for name, form in (("first_pdf_ms", LabelFormat.PDF), ("pdf_ms", LabelFormat.PDF), ("png_ms", LabelFormat.PNG)):
    start = time.perf_counter()
    PdfLabels().render(label, form)
    took[name] = since(start)
took["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps(took))
"""


def measure() -> dict[str, Any]:
    """The document above."""
    layers = {name: build_layer(ROOT / "layers" / name / "src") for name in ("labels", "orderhub")}
    rounds = [_round([*layers.values(), ROOT]) for _ in range(ROUNDS)]
    least = {name: min(one[name] for one in rounds) for name in rounds[0]}
    return {"labels": {"layers_mb": {name: _megabytes(folder) for name, folder in layers.items()}, **least}}


def _round(path: list[Path]) -> dict[str, int]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path)), "PYTHONNOUSERSITE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    took: dict[str, int] = json.loads(done.stdout)
    return took


def _megabytes(folder: Path) -> int:
    return round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1024 / 1024)
