"""The brand's rules as the services see them."""

from typing import Protocol

from orderhub.domain.rulepack import Pack, RuleKind


class RuleBook(Protocol):
    """Which version of each kind judges now."""

    def live(self, kind: RuleKind) -> Pack:
        """The live pack; the shipped default until the brand has switched on its own.

        May lag a switch by a few seconds. Raises the client's own error when the table does not answer and nothing
        is at hand: then nothing may be judged.
        """
        ...
