"""Words of what lists of orders are narrowed by, for whoever shows them."""

from orderhub.domain.health import BUCKETS
from orderhub.domain.health_words import AGREEMENTS, DEFECTS, class_words

__all__ = ["AGREEMENTS", "DEFECTS", "TOOK", "class_words"]

TOOK = BUCKETS[:-1]
"""Upper bounds of payment-to-outbound's parts, in hours."""
