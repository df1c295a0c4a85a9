"""What must not reach a page in Chinese: keys and codes that nobody has words for."""

from __future__ import annotations

import re

_FREE = re.compile(r'<code class="id">.*?</code>|<span class="free">.*?</span>|<span class="by">.*?</span>', re.S)
_UNSEEN = re.compile(r"<(head|script|style|dialog|title)\b.*?</\1>", re.S)
_TAG = re.compile(r"<[^>]+>")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
BRANDS = frozenset({"EMS", "SKU", "PDF", "English", "min", "ms", "AWS", "CSV"})


def text_of_page(html: str) -> str:
    """What stands on it for people, without ids and words that people wrote."""
    for pattern in (_UNSEEN, _FREE):
        html = pattern.sub(" ", html)
    return _TAG.sub(" ", html.replace("<wbr>", ""))


def leaks(html: str) -> list[str]:
    """Latin words on a page in Chinese that are neither ids, which have a digit, nor names that are written so."""
    words = _WORD.findall(text_of_page(html))
    return [word for word in words if len(word) > 1 and word not in BRANDS and not any(map(str.isdigit, word))]
