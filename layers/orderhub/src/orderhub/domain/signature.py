"""A signature under a day's inspection."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signature:
    """Who has looked at the figures of a Shanghai day (YYYYMMDD), when (ms UTC), and what was said."""

    day: str
    by: str
    note: str
    signed_at: int
