"""Key strings of what is shared about partners: limits and breakers (design §4; the others: ``keys``)."""

from orderhub.adapters.dynamodb.keys import partner_pk

LIMIT_SK = "LIMIT"
BREAKER_SK = "BREAKER"


def limit_pk(partner: str, account: str, method: str) -> str:
    return f"LIMIT#{partner}#{account}#{method}"


def breaker_pk(partner: str) -> str:
    """The same partition as the line of orders that wait for this partner."""
    return partner_pk(partner)
