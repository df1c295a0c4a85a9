"""Sessions: a signed cookie that says who signed in and when, and the token that the forms of that session carry.

The cookie holds a staff id, no rights: those are read anew with every request, so that who leaves is out at once.
It is http-only and SameSite=Lax; over https also Secure and bound to the host (``__Host-``).
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from itsdangerous import BadSignature, URLSafeTimedSerializer

LASTS_SECONDS = 12 * 3600


@dataclass(frozen=True, slots=True)
class Session:
    """Who signed in, and the random name of this session."""

    staff_id: str
    name: str


class Sessions:
    """Writes and reads sessions under one key. ``is_secure``: the console is served over https."""

    def __init__(self, key: str, is_secure: bool) -> None:
        self._key = key.encode()
        self._box = URLSafeTimedSerializer(key, salt="session")
        self._cookie = "__Host-hub" if is_secure else "hub"
        self._flags = "; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if is_secure else "")

    def cookie_of(self, session: Session) -> str:
        """The value of Set-Cookie that begins the session."""
        text = self._box.dumps([session.staff_id, session.name])
        return f"{self._cookie}={text}{self._flags}; Max-Age={LASTS_SECONDS}"

    def farewell(self) -> str:
        """The value of Set-Cookie that ends it."""
        return f"{self._cookie}={self._flags}; Max-Age=0"

    def note(self, name: str, text: str, seconds: int) -> str:
        """The value of Set-Cookie that has this browser keep a signed word for a while."""
        return f"{self._cookie}-{name}={self._notes(name).dumps(text)}{self._flags}; Max-Age={seconds}"

    def read_note(self, name: str, cookies: Mapping[str, str], seconds: int) -> str:
        """The word, or an empty text for none, a forged and an old one."""
        try:
            return str(self._notes(name).loads(cookies.get(f"{self._cookie}-{name}", ""), max_age=seconds))
        except (BadSignature, ValueError, TypeError):
            return ""

    def _notes(self, name: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._key, salt=f"note {name}")

    def read(self, cookies: Mapping[str, str]) -> Session | None:
        """The session of a request; None for none, a forged one and one that is over."""
        try:
            staff_id, name = self._box.loads(cookies.get(self._cookie, ""), max_age=LASTS_SECONDS)
        except (BadSignature, ValueError, TypeError):
            return None
        return Session(str(staff_id), str(name))

    def token_of(self, session: Session) -> str:
        """What a form of this session must carry; nobody without the key can make one."""
        return hmac.new(self._key, f"form {session.staff_id} {session.name}".encode(), sha256).hexdigest()

    def is_token_of(self, session: Session, given: str) -> bool:
        return hmac.compare_digest(self.token_of(session), given)
