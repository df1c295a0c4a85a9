"""快递鸟: the broker of labels and routes of shared sheet partners/kuaidiniao.md."""

from local.partners.kuaidiniao.simulator import Kuaidiniao, create

__all__ = ["Kuaidiniao", "create"]
