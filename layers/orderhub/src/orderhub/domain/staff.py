"""Who works with the hub (R47): roles, what each role may do, and for which shops."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    CUSTOMER_SERVICE = "customer_service"
    PACKER = "packer"
    OPERATIONS = "operations"
    FINANCE = "finance"
    PURCHASING = "purchasing"
    OWNER = "owner"
    ADMINISTRATOR = "administrator"


ROLE_WORDS: Mapping[Role, tuple[str, str]] = MappingProxyType(
    {
        Role.CUSTOMER_SERVICE: ("客服", "Customer service"),
        Role.PACKER: ("打包员", "Packer"),
        Role.OPERATIONS: ("运营", "Operations"),
        Role.FINANCE: ("财务", "Finance"),
        Role.PURCHASING: ("采购", "Purchasing"),
        Role.OWNER: ("老板", "Owner"),
        Role.ADMINISTRATOR: ("管理员", "Administrator"),
    }
)


class Action(StrEnum):
    """What the console asks leave for; a page needs one, a button may need another."""

    SEE_HEALTH = "see_health"
    SEE_DECISIONS = "see_decisions"
    DECIDE = "decide"
    SEE_ORDERS = "see_orders"
    SEE_MONEY = "see_money"
    REVEAL = "reveal"
    CHANGE_ADDRESS = "change_address"
    PACK = "pack"
    SEE_RULES = "see_rules"
    EDIT_RULES = "edit_rules"
    SEE_INSPECTION = "see_inspection"
    SIGN_INSPECTION = "sign_inspection"
    MANAGE_STAFF = "manage_staff"


_A = Action
_EVERYBODY = frozenset({_A.SEE_ORDERS})
_OFFICE = _EVERYBODY | {_A.SEE_HEALTH, _A.SEE_DECISIONS, _A.SEE_RULES, _A.SEE_INSPECTION}

LEAVE: Mapping[Role, frozenset[Action]] = MappingProxyType(
    {
        Role.CUSTOMER_SERVICE: _OFFICE | {_A.DECIDE, _A.REVEAL, _A.CHANGE_ADDRESS},
        Role.PACKER: _EVERYBODY | {_A.PACK},
        Role.OPERATIONS: _OFFICE | {_A.DECIDE, _A.PACK, _A.EDIT_RULES, _A.SIGN_INSPECTION, _A.CHANGE_ADDRESS},
        Role.FINANCE: _OFFICE | {_A.DECIDE, _A.SEE_MONEY},
        Role.PURCHASING: _OFFICE | {_A.DECIDE},
        Role.OWNER: _OFFICE | {_A.DECIDE, _A.SEE_MONEY, _A.SIGN_INSPECTION},
        Role.ADMINISTRATOR: frozenset(Action),
    }
)
"""Role → what it may do. A packer sees orders and the packing station; nobody but customer service and the
administrator reveals personal data."""


@dataclass(frozen=True, slots=True)
class Staff:
    """One person. ``staff_id`` is WeCom's user id. No shops: all of them. ``is_active`` false: may not sign in."""

    staff_id: str
    name: str
    roles: tuple[Role, ...]
    shops: tuple[str, ...] = ()
    language: str = "zh"
    is_active: bool = True

    def may(self, action: Action) -> bool:
        """Whether one of the roles has leave to do it."""
        return self.is_active and any(action in LEAVE[role] for role in self.roles)

    def sees_shop(self, shop_id: str) -> bool:
        """Whether orders of this shop are this person's business."""
        return not self.shops or shop_id in self.shops
