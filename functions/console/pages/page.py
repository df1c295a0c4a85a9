"""A page of the console: where it is, what leave it needs, who serves it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from orderhub.services.staff import Action
from pages.visit import Visit


@dataclass(frozen=True, slots=True)
class Answer:
    """What a page answers. ``cookies`` are values of Set-Cookie; ``body`` bytes are sent as they are."""

    body: str | bytes
    status: int = 200
    media_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """``action`` None: open to everybody, signed in or not. ``path`` as in OpenAPI: ``/orders/{order_id}``."""

    method: str
    path: str
    action: Action | None
    serve: Callable[[Visit], Answer]

    @property
    def rule(self) -> str:
        return self.path.replace("{", "<").replace("}", ">")


def redirect(where: str, *cookies: str) -> Answer:
    """See another page of this console. Raises ValueError for an address outside of it."""
    if not where.startswith("/") or where.startswith(("//", "/\\")):
        raise ValueError("only within the console")
    return Answer("", 303, headers={"location": where}, cookies=cookies)


def download(name: str, media_type: str, body: bytes) -> Answer:
    """A file to keep."""
    return Answer(body, 200, media_type, {"content-disposition": f'attachment; filename="{name}"'})


def fields_of(visit: Visit, prefix: str) -> dict[str, Any]:
    """The form's fields below a prefix, ``option:sku`` → ``sku``; empty ones are left out."""
    return {
        name.removeprefix(f"{prefix}:"): text
        for name, text in visit.form.items()
        if name.startswith(f"{prefix}:") and text.strip()
    }
