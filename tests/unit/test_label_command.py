"""`hub label`: the file, whether a parcel may leave with it, and what was lost on it."""

from pathlib import Path

import pytest

from local.api import HubError
from local.cli import main
from local.commands import label


class FakeHub:
    """Answers as `local.api.Hub.label` does."""

    def __init__(self, **told: str) -> None:
        self.told = {"state": "live", "version": "2", "digest": "d", "warnings": "", **told}
        self.asked: list[tuple[str, int, str, str, str]] = []

    def label(self, order_id: str, parcel: int, form: str, by: str, why: str) -> tuple[bytes, dict[str, str]]:
        self.asked.append((order_id, parcel, form, by, why))
        if self.told["state"] == "none":
            raise HubError("youzan-E1 has no parcel 2", "no_such_parcel", 404)
        return b"%PDF-", self.told


def hub_that(monkeypatch: pytest.MonkeyPatch, **told: str) -> FakeHub:
    hub = FakeHub(**told)
    monkeypatch.setattr(label, "running_hub", lambda: hub)
    return hub


def test_a_label_is_written_and_its_version_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub = hub_that(monkeypatch)
    out = tmp_path / "a.pdf"
    assert main(["label", "E1", "--out", str(out), "--by", "packer07", "--why", "print"]) == 0
    assert out.read_bytes() == b"%PDF-"
    assert hub.asked == [("youzan-E1", 1, "pdf", "packer07", "print")]
    assert capsys.readouterr().out == f"{out}: version 2\n"


def test_a_preview_as_an_image_says_what_is_wrong_with_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub = hub_that(monkeypatch, state="held", version="0", warnings="missing_glyph,cut:goods")
    assert main(["label", "youzan-E1", "--parcel", "2", "--out", str(tmp_path / "a.PNG")]) == 0
    assert hub.asked[0][:3] == ("youzan-E1", 2, "png")
    said = capsys.readouterr().out
    assert "held: not for shipping" in said and "〓" in said and "cut:goods" in said


def test_a_refusal_is_told_and_no_file_is_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub_that(monkeypatch, state="none")
    assert main(["label", "E1", "--parcel", "2", "--out", str(tmp_path / "a.pdf")]) == 1
    assert "no parcel 2" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    hub_that(monkeypatch)
    assert main(["label", "E1", "--out", str(tmp_path / "nowhere" / "a.pdf")]) == 1
