"""EMS 中国邮政: the carrier of shared sheet partners/ems.md."""

from local.partners.ems.simulator import Ems, create

__all__ = ["Ems", "create"]
