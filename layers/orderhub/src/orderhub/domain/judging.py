"""What a judgement may ask for, and what a person's release of it covers."""

from collections.abc import Mapping

JUDGING: frozenset[str] = frozenset({"assessment_held", "address_unmatched", "phone_velocity", "rule_hold"})
"""Decision classes that a row of the interception pack may ask for. Their cards go by themselves when the order, judged
again, no longer meets the row."""

ROWS = "rows"
"""Evidence of such a card: the rows that held the order, each as ``<row id>:<checksum of what it saw>``."""


def released_by(evidence: Mapping[str, str]) -> tuple[str, ...]:
    """Override codes of the rows on a card. A row that sees the same again does not hold the order again.

    >>> released_by({"rows": "sku_known:1f2e3d4c, big:00aa11bb"})
    ('rule:sku_known:1f2e3d4c', 'rule:big:00aa11bb')
    """
    return tuple(f"rule:{row}" for row in evidence.get(ROWS, "").split(", ") if row)
