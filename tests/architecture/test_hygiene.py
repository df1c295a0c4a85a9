"""Nothing is committed that must not be (house rules, R75)."""

from pathlib import Path

import pytest

from tests.architecture.checks.hygiene import VECTORS, problems, tracked
from tests.architecture.conftest import Plant

# Put together at run time, so that this file does not hold what it looks for.
FOREIGN_PHONE = "139" + "1234" + "5678"
AWS_KEY = "AK" + "IA" + "IOSFODNN7EXAMPLE"


def test_nothing_committed_must_not_be(repo: Path) -> None:
    assert list(problems(repo, tracked(repo))) == []


def test_the_check_reads_this_repository(repo: Path) -> None:
    assert Path(__file__).relative_to(repo).as_posix() in tracked(repo)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"phone = '{FOREIGN_PHONE}'", "a phone number"),
        (f"+86{FOREIGN_PHONE}", "a phone number"),
        (f"receiver:{FOREIGN_PHONE},", "a phone number"),
        ("phone = '1380013" + "8000'", ""),
        (f"hash {FOREIGN_PHONE}f0a1", ""),
        (f"at = {FOREIGN_PHONE}000", ""),
        (f"key = {AWS_KEY}", "an AWS access key"),
        ("-----BEGIN RSA " + "PRIVATE KEY-----", "a private key"),
        ("open('/" + "tmp/x')", "a path of one machine"),
        ("cd /" + "work/main", "a path of one machine"),
        ("cat /" + "root/.aws", "a path of one machine"),
        ("https://example.com/" + "work/x", ""),
        ("ls ./" + "tmp/x", ""),
        ("https://files.example.org/a-1.0-py3-none-any." + "whl", "downloads from"),
        ("--index" + "-url https://example.org/simple", "downloads from"),
    ],
)
def test_what_must_not_be_committed_is_named(plant: Plant, text: str, problem: str) -> None:
    found = "\n".join(problems(plant({"a/file.txt": f"first\n{text}\n"}), ["a/file.txt"]))
    assert bool(found) == bool(problem)
    assert problem in found
    assert not found or found.startswith("a/file.txt:2 ")


def test_a_phone_that_a_partner_publishes_is_allowed(plant: Plant) -> None:
    root = plant({VECTORS: f'"{FOREIGN_PHONE}"', "test.py": FOREIGN_PHONE})
    assert list(problems(root, ["test.py", VECTORS])) == []


def test_a_binary_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "label.pdf").write_bytes(b"\xff\xfe" + FOREIGN_PHONE.encode())
    assert list(problems(tmp_path, ["label.pdf"])) == []
