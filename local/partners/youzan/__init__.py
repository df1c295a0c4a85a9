"""Simulator of Youzan (有赞云): `create` makes it; its points of doubt are in `switches`."""

from local.partners.youzan.simulator import Youzan, create

__all__ = ["Youzan", "create"]
