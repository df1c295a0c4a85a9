"""The packs that ship with the hub: version 0 of every kind, used until the brand has saved its own."""

import json
from functools import cache
from importlib.resources import files

from orderhub.domain.rulepack import Pack, PackStatus, RuleKind


@cache
def default_pack(kind: RuleKind) -> Pack:
    """The shipped pack of this kind."""
    text = files(__name__).joinpath(f"{kind.value}.json").read_text(encoding="utf-8")
    return Pack(kind, 0, json.loads(text), PackStatus.LIVE, owner="orderhub", note="shipped default")
