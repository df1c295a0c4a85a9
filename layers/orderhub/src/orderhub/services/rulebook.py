"""The rules that judge while the brand has not switched on its own."""

from orderhub.domain.rulepack import Pack, RuleKind
from orderhub.rules.defaults import default_pack


class ShippedRules:
    """A rule book (``ports.rules.RuleBook``) that holds the shipped defaults only."""

    def live(self, kind: RuleKind) -> Pack:
        """Version 0 of the kind."""
        return default_pack(kind)
