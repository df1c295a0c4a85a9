"""What is known of an address while it is being read: filled in step by step, then frozen into an Address."""

from orderhub.address.model import Finding, TownMatch
from orderhub.address.towns import Town


class Reading:
    """The state between the steps of ``region.read_region``. ``rest`` is what is still to be read."""

    def __init__(self, rest: str) -> None:
        self.rest = rest
        self.province = self.city = self.district = self.served_by = ""  # codes
        self.zone = self.town = ""  # names
        self.town_match: TownMatch | None = None
        self.candidates: tuple[str, ...] = ()
        self.findings: set[Finding] = set()

    def find(self, finding: Finding) -> None:
        self.findings.add(finding)

    def has(self, *findings: Finding) -> bool:
        return any(finding in self.findings for finding in findings)

    def take(self, length: int) -> None:
        """These characters are understood."""
        self.rest = self.rest[length:]

    def take_town(self, town: Town) -> None:
        self.town, self.town_match = town.name, town.match
        self.take(town.length)
