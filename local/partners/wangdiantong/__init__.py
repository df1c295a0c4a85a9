"""Wangdiantong 企业版 (qyb): the WMS of shared sheet partners/wangdiantong.md, sections 2 and 3."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.partners.wangdiantong.simulator import Wangdiantong


def create(settings: Mapping[str, Any] | None = None, state_dir: Path | None = None) -> Wangdiantong:
    """With these settings and switches (`Wangdiantong.defaults`); state in memory without a dir."""
    return Wangdiantong(settings, state_dir)
