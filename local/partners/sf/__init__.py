"""SF Express 丰桥: the carrier of shared sheet partners/sf-express.md."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.partners.sf.simulator import SfExpress


def create(settings: Mapping[str, Any] | None = None, state_dir: Path | None = None) -> SfExpress:
    """With these settings and switches (`SfExpress.defaults`); state in memory without a dir."""
    return SfExpress(settings, state_dir)
