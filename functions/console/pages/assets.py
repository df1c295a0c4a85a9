"""Files that pages load: our own from ``static``, others' from ``static/vendor``, which the build makes.

An address carries the digest of the content, so that browsers may keep a file for ever.
"""

import gzip
from functools import cache
from hashlib import sha256
from pathlib import Path

from pages.page import Answer
from pages.visit import Visit

STATIC = Path(__file__).resolve().parent.parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
FOR_EVER = "public, max-age=31536000, immutable"
_WORTH_PACKING = 1024


def asset(name: str) -> str:
    """The address of a file. Raises FileNotFoundError: a page must not name what is not there."""
    return f"/static/{_digest(name)}/{name}"


def serve(visit: Visit) -> Answer:
    """GET /static/{digest}/{name}"""
    return _served(visit, visit.named["name"])


def serve_vendor(visit: Visit) -> Answer:
    """GET /static/{digest}/vendor/{name}"""
    return _served(visit, f"vendor/{visit.named['name']}")


def _served(visit: Visit, name: str) -> Answer:
    try:
        packed, plain = _content(name)
    except (FileNotFoundError, ValueError):
        return Answer("", 404, "text/plain; charset=utf-8")
    fresh = visit.named["digest"] == _digest(name)
    headers = {"cache-control": FOR_EVER if fresh else "no-cache", "vary": "accept-encoding"}
    if packed and visit.takes_gzip:
        return Answer(packed, 200, TYPES[Path(name).suffix], headers | {"content-encoding": "gzip"})
    return Answer(plain, 200, TYPES[Path(name).suffix], headers)


@cache
def _content(name: str) -> tuple[bytes, bytes]:
    """(gzip or nothing, as it is)."""
    file = (STATIC / name).resolve()
    if not file.is_relative_to(STATIC) or file.suffix not in TYPES:
        raise FileNotFoundError(name)
    plain = file.read_bytes()
    is_text = TYPES[file.suffix].startswith(("text/", "image/svg", "application/"))
    return (gzip.compress(plain, 9, mtime=0) if is_text and len(plain) > _WORTH_PACKING else b""), plain


@cache
def _digest(name: str) -> str:
    return sha256(_content(name)[1]).hexdigest()[:12]
