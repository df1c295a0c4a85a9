"""Simulator of Kingdee Cloud Galaxy (金蝶云星空): `create` makes it."""

from local.partners.kingdee.simulator import Kingdee, create

__all__ = ["Kingdee", "create"]
