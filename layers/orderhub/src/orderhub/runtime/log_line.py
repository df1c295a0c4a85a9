"""One canonical JSON line per invocation, carrying its metrics (CloudWatch embedded metric format).

Standard library only, for functions that must start fast. What goes in must be free of personal data.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping

NAMESPACE = "OrderHub"


def write_log_line(
    fields: Mapping[str, object],
    counts: Mapping[str, int],
    milliseconds: Mapping[str, float],
    dimensions: Mapping[str, str],
) -> None:
    """Write the line to standard output, where Lambda collects it.

    `counts` and `milliseconds` become metrics of namespace OrderHub under `dimensions`; empty fields are left
    out.
    """
    metrics = [{"Name": name, "Unit": "Count"} for name in counts]
    metrics += [{"Name": name, "Unit": "Milliseconds"} for name in milliseconds]
    line = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [list(dimensions)], "Metrics": metrics}],
        },
        **dimensions,
        **{name: value for name, value in fields.items() if value not in ("", None)},
        **counts,
        **milliseconds,
    }
    sys.stdout.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
