"""One request of a person: who it is, what was asked, in which language."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email.parser import BytesParser
from urllib.parse import parse_qs

from orderhub.services.staff import Action, Staff

MOST_FORM, MOST_FILE = 200_000, 1_500_000
MOST_PARTS = 2_500  # lines that may begin a part; a table has at most 2,000 rows


@dataclass(frozen=True, slots=True)
class Visit:
    """``form`` holds the last value of each field, ``many`` all of them. ``is_part``: a piece of a page is wanted.

    ``staff``: who signed in, with all their shops; ``shop``: the one of these they chose to look at, empty for all.
    ``csrf`` is the token that every form of this session carries; empty without a session.
    """

    method: str
    path: str
    named: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    many: Mapping[str, tuple[str, ...]]
    is_part: bool
    takes_gzip: bool
    language: str
    now: int
    csrf: str = ""
    staff: Staff | None = None
    cookies: Mapping[str, str] = field(default_factory=dict)
    agent: str = ""  # the browser's own name
    shop: str = ""

    @property
    def person(self) -> Staff:
        """Who asks, looking after the chosen shop only. Raises PermissionError where nobody signed in."""
        if self.staff is None:
            raise PermissionError("nobody signed in")
        return replace(self.staff, shops=(self.shop,)) if self.shop else self.staff

    def may(self, action: Action) -> bool:
        return self.staff is not None and self.staff.may(action)

    def say(self, zh: str, en: str) -> str:
        """The words of the visitor's language."""
        return en if self.language == "en" else zh


def form_of(body: bytes, content_type: str) -> Mapping[str, tuple[str, ...]]:
    """The fields of a posted form; nothing of anything else. A file is its text, UTF-8 or what Excel saves in China.

    Raises ValueError for a form that is too large.
    """
    if content_type.startswith("multipart/form-data"):
        return _parts(body, content_type)
    if not body or not content_type.startswith("application/x-www-form-urlencoded"):
        return {}
    if len(body) > MOST_FORM:
        raise ValueError("the form is too large")
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=2000)
    return {name: tuple(values) for name, values in fields.items()}


def _parts(body: bytes, content_type: str) -> Mapping[str, tuple[str, ...]]:
    if len(body) > MOST_FILE:
        raise ValueError("the file is too large")
    if body.count(b"\n--") > MOST_PARTS:
        raise ValueError("the form has too many parts")
    head = f"content-type: {content_type}\r\n\r\n".encode("ascii", "replace")
    try:
        whole = BytesParser().parsebytes(head + body)
    except RecursionError:  # forms within forms: none of ours
        raise ValueError("the form is nested") from None
    found: dict[str, tuple[str, ...]] = {}
    for part in list(whole.walk())[1:]:
        if part.is_multipart():
            raise ValueError("the form is nested")
        name, data = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(data, bytes):
            found[name] = (*found.get(name, ()), _text(data))
    return found


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            return data.decode(encoding)
    return data.decode("utf-8", "replace")
