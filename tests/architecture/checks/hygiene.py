"""What must not be committed: personal data, secrets, paths and download hosts of one machine."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

VECTORS = "tests/contract/vectors.json"
"""Partners' own published examples; the phone numbers in them may be repeated elsewhere."""

PHONE = re.compile(r"(?<![0-9A-Za-z])(?:\+?86[- ]?)?(1[3-9][0-9]{9})(?![0-9A-Za-z])")
OUR_TEST_PHONE = re.compile(r"1380013[0-9]{4}")

MACHINE_PATH = re.compile(r"(?<![\w.$}~-])/(?:root|work|tmp|home|farm|Users)/(?!hub|\$|\{)")
DOWNLOAD_HOST = re.compile(
    r"https?://\S+\.(?:whl|tgz|tar\.gz)\b|--(?:extra-)?index[-]url|--find[-]links|--trusted[-]host|\"resolved\":\s*\"http"
)
SECRETS = {
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "an Aliyun access key": re.compile(r"\bLTAI[0-9A-Za-z]{12,}\b"),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    "a GitHub token": re.compile(r"\bgh[pousr]_[0-9A-Za-z]{36}\b"),
    "a bearer token": re.compile(r"\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{20,}"),
}


def tracked(root: Path) -> list[str]:
    """The files that are committed or about to be, relative to the root."""
    command = ["git", "ls-files", "-z", "--cached"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (root / name).is_file()]


def problems(root: Path, names: list[str]) -> Iterator[str]:
    """`file:line what` for each; files that are not text are left alone."""
    published = _published_phones(root)
    for name in names:
        try:
            text = (root / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            for what in _found_in(line, published):
                yield f"{name}:{number} {what}"


def _found_in(line: str, published: set[str]) -> Iterator[str]:
    for phone in PHONE.findall(line):
        if phone not in published and not OUR_TEST_PHONE.fullmatch(phone):
            yield f"holds a phone number: {phone[:3]}…"
    if MACHINE_PATH.search(line):
        yield "names a path of one machine"
    if DOWNLOAD_HOST.search(line):
        yield "names where one machine downloads from"
    for what, pattern in SECRETS.items():
        if pattern.search(line):
            yield f"holds {what}"


def _published_phones(root: Path) -> set[str]:
    path = root / VECTORS
    return set(PHONE.findall(path.read_text(encoding="utf-8"))) if path.exists() else set()
