"""What a cold start of the console loads: the desk of the rules comes with the first visit to it."""

from __future__ import annotations

import os
import subprocess
import sys

from local.cloud.paths import ROOT

NAMES = "import sys, pages.catalogue; print(*sorted(name for name in sys.modules if name.startswith('orderhub.')))"


def test_the_rule_desk_and_what_edits_rules_is_loaded_by_nobody_else() -> None:
    path = os.pathsep.join(str(ROOT / part) for part in ("layers/orderhub/src", "functions/console", "."))
    env = {**os.environ, "PYTHONPATH": path}
    said = subprocess.run([sys.executable, "-c", NAMES], env=env, capture_output=True, text=True, check=True)
    loaded = set(said.stdout.split())
    assert "orderhub.services.decide" in loaded
    desk = {"rules_desk", "backtest", "rule_rows", "rule_words", "show_rules"}
    assert {f"orderhub.services.{name}" for name in desk} & loaded == set()
    assert {"orderhub.rules.gift_sentence", "orderhub.rules.plain_tables"} & loaded == set()
