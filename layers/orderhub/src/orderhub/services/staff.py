"""Who may sign in, and as what (R47)."""

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.domain.errors import HubError, PartnerRejected, Rejected
from orderhub.domain.staff import ROLE_WORDS, Action, Role, Staff
from orderhub.ports.staff import Presence, StaffStore

__all__ = [
    "ROLE_WORDS",
    "Action",
    "HubError",
    "PartnerRejected",
    "Presence",
    "Role",
    "Staff",
    "StaffStore",
    "listed",
    "save",
    "shown",
    "signs_in",
]


def signs_in(staff_id: str, store: StaffStore) -> Staff:
    """The person behind an id that a sign-in proved. Raises Rejected (``not_staff``) for strangers and who left."""
    found = store.read(staff_id)
    if found is None or not found.is_active or not found.roles:
        raise Rejected("not_staff", f"{staff_id[:60]} has no account here; an administrator can add it")
    return found


def save(
    staff_id: str, name: str, roles: Sequence[str], shops: Sequence[str], is_active: bool, by: str,
    store: StaffStore, now: int,
) -> dict[str, Any]:  # fmt: skip
    """Add or change a person; answers it as kept. Raises Rejected: ``bad_parameter`` (an unknown role, none at all),
    ``last_administrator`` (somebody must be left who can manage staff)."""
    staff_id = staff_id.lower()  # as WeCom says them
    unknown = [role for role in roles if role not in set(Role)]
    if unknown or not roles:
        known = ", ".join(Role)
        raise Rejected("bad_parameter", f"roles must be some of: {known}", {"parameter": "roles"})
    kept_roles = tuple(Role(role) for role in dict.fromkeys(roles))
    wanted = Staff(staff_id, name, kept_roles, tuple(dict.fromkeys(shops)), is_active=is_active)
    others = [one for one in store.listed() if one.staff_id != staff_id]
    if _managed(store.read(staff_id)) and not wanted.may(Action.MANAGE_STAFF) and not any(map(_managed, others)):
        raise Rejected("last_administrator", "nobody would be left who can manage staff")
    store.save(wanted, by, now)
    return shown(wanted)


def listed(store: StaffStore) -> Mapping[str, Any]:
    """``{"staff": […]}``, by id."""
    return {"staff": [shown(one) for one in store.listed()]}


def shown(staff: Staff) -> dict[str, Any]:
    return {
        "staff_id": staff.staff_id,
        "name": staff.name,
        "roles": [role.value for role in staff.roles],
        "role_words": [{"zh": ROLE_WORDS[role][0], "en": ROLE_WORDS[role][1]} for role in staff.roles],
        "shops": list(staff.shops),
        "is_active": staff.is_active,
    }


def _managed(staff: Staff | None) -> bool:
    return staff is not None and staff.may(Action.MANAGE_STAFF)
