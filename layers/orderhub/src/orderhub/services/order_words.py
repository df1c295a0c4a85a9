"""Words of what lists of orders are narrowed by, for whoever shows them."""

from orderhub.domain.health_words import AGREEMENTS, DEFECTS, class_words

__all__ = ["AGREEMENTS", "DEFECTS", "class_words"]
