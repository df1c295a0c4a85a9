"""`hub invoke`: every function answers its sample event under Lambda's own runtime emulator, without Docker."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud.paths import ROOT
from tests.integration.local_hub import LocalHub

# What a task may say of an order that its driver has moved on meanwhile: an answer, not a failure.
NAMED_OUTCOMES = {"Rejected", "Stale", "Superseded", "Interrupted"}
SAMPLES = sorted((ROOT / "events" / "functions").glob("*.json"))


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHub]:
    below = os.environ.get("HUB_HOME")
    home = Path(below) / f"invoke-{os.getpid()}" if below else tmp_path_factory.mktemp("hub") / "home"
    started = LocalHub(home)
    try:
        started.up("--fresh")
        # The order that the tasks' samples name.
        assert started.hub("invoke", "ingest", str(ROOT / "events" / "functions" / "ingest.json")).returncode == 0
        yield started
    finally:
        assert started.hub("down").returncode == 0


def test_every_function_has_a_sample_event() -> None:
    assert {sample.stem for sample in SAMPLES} == {
        file.parent.name for file in (ROOT / "functions").glob("*/handler.py")
    }


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_a_sample_event_is_answered_without_an_error(hub: LocalHub, sample: Path) -> None:
    answered = hub.hub("invoke", sample.stem, str(sample))
    answer = json.loads(answered.stdout)
    outcome = answer.get("errorType") if isinstance(answer, dict) else None
    assert outcome is None or outcome in NAMED_OUTCOMES, answered.stderr + answered.stdout


def test_an_unknown_function_is_refused_with_the_names_of_those_that_exist(hub: LocalHub) -> None:
    refused = hub.hub("invoke", "nobody", str(SAMPLES[0]))
    assert refused.returncode == 1
    assert "receive_webhook" in refused.stderr
