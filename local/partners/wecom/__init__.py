"""Simulator of WeCom (企业微信): `create` makes it."""

from local.partners.wecom.simulator import Wecom, create

__all__ = ["Wecom", "create"]
