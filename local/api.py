"""The running hub and its partners' controls over HTTP: what the people's commands and the stories speak.

Everything a person may know or do goes through the hub's own API. `HubError` says what happened and what to
do; its text is printed as it is.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from local import brand
from local.cloud.paths import hub_home
from local.cloud.run_file import Run, read_run

# A laptop under load may take long to start a worker; nobody should be told "down" because of that.
_PATIENCE = httpx.Timeout(60.0, connect=5.0)


class HubError(Exception):
    """The hub could not be asked, or refused; `code` is the hub's own code, empty when it was not reached."""

    def __init__(
        self, message: str, code: str = "", status: int = 0, problems: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.problems = problems  # of a refused rule pack: row, column and reason of each


class Hub:
    """One running hub. Thread-safe."""

    def __init__(self, run: Run) -> None:
        self.run = run
        token = json.loads(brand.secrets()["HubSecret"])["api_token"]
        self._http = httpx.Client(
            base_url=run.api, timeout=_PATIENCE, trust_env=False, headers={"authorization": f"Bearer {token}"}
        )

    def order(self, order_id: str) -> dict[str, Any]:
        """The whole order. Raises HubError (`no_such_order`)."""
        found: dict[str, Any] = self._ask("GET", f"/api/orders/{order_id}")
        return found

    def unfinished(self) -> list[dict[str, Any]]:
        """`{order_id, waits_in}` of every order that has not ended."""
        rows: list[dict[str, Any]] = self._ask("GET", "/api/orders")["orders"]
        return rows

    def label(self, order_id: str, parcel: int, form: str, by: str, why: str) -> tuple[bytes, dict[str, str]]:
        """A label's file, and `state`, `version`, `digest`, `warnings` of it. Raises HubError (`no_such_parcel`, …)."""
        query = urlencode({"by": by, "why": why})
        answer = self._answer("GET", f"/api/orders/{order_id}/labels/{parcel}.{form}?{query}")
        told = {name: answer.headers.get(f"x-label-{name}", "") for name in ("state", "version", "digest", "warnings")}
        return answer.content, told

    def change_address(self, order_id: str, asked: dict[str, str], by: str, request_id: str = "") -> dict[str, Any]:
        """Raises HubError: `bad_parameter`, `order_ended`, `already_delivered`, …"""
        body = {**asked, "by": by, "request_id": request_id}
        taken: dict[str, Any] = self._ask("POST", f"/api/orders/{order_id}/address-changes", body)
        return taken

    def buyer_link(self, order_id: str, by: str) -> str:
        """The address of the buyer's own page for a change of address. Raises HubError: `order_ended`, …"""
        made = self._ask("POST", f"/api/orders/{order_id}/buyer-link", {"by": by})
        return str(made["url"])

    def address_changes(self, order_id: str) -> dict[str, Any]:
        """Every change of address of an order, with each system's state."""
        found: dict[str, Any] = self._ask("GET", f"/api/orders/{order_id}/address-changes")
        return found

    def address_measures(self, since: int, until: int) -> dict[str, Any]:
        """Changes of address in figures, epoch ms. Raises HubError: `bad_period`."""
        query = urlencode({"since": since, "until": until})
        found: dict[str, Any] = self._ask("GET", f"/api/measures/address-changes?{query}")
        return found

    def decisions(self, **wanted: str) -> list[dict[str, Any]]:
        """Open decisions, the nearest deadline first; `class`, `owner`, `order_id`, `cause` narrow."""
        cards: list[dict[str, Any]] = []
        cursor = ""
        while True:
            query = urlencode({name: text for name, text in {**wanted, "cursor": cursor}.items() if text})
            page = self._ask("GET", f"/api/decisions{'?' if query else ''}{query}")
            cards += page["decisions"]
            cursor = page.get("cursor", "")
            if not cursor:
                return cards

    def decide(
        self, decision_id: str, option: str, by: str, note: str, parameters: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Raises HubError: `no_such_decision`, `no_such_option`, `bad_parameter`, `already_made`, `order_ended`, …"""
        body = {"option": option, "by": by, "note": note, **({"parameters": parameters} if parameters else {})}
        made: dict[str, Any] = self._ask("POST", f"/api/decisions/{decision_id}", body)
        return made

    def undo(self, decision_id: str, by: str, note: str) -> dict[str, Any]:
        """Raises HubError: `undo_over`, `cannot_undo`, `left_the_house`, `asked_again`, …"""
        undone: dict[str, Any] = self._ask("POST", f"/api/decisions/{decision_id}/undo", {"by": by, "note": note})
        return undone

    def preview(self, bulk: dict[str, Any]) -> dict[str, Any]:
        """What deciding many would do: `{would, refused, results}`."""
        told: dict[str, Any] = self._ask("POST", "/api/decisions/bulk/preview", bulk)
        return told

    def decide_many(self, bulk: dict[str, Any]) -> dict[str, Any]:
        """Decide many; `bulk` has a `request_id`: `{done, refused, results}`."""
        told: dict[str, Any] = self._ask("POST", "/api/decisions/bulk", bulk)
        return told

    def rules(self, path: str, body: Any = None) -> Any:
        """The rule desk: read a page below `/api/rules`, or post to it. Raises HubError with every problem."""
        return self._ask("POST" if body is not None else "GET", f"/api/rules/{path}".rstrip("/"), body)

    def rules_csv(self, kind: str, version: int) -> str:
        """One version as CSV."""
        return self._answer("GET", f"/api/rules/{kind}/{version}/csv").text

    def deliver(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        """A partner's webhook, byte for byte: (status, answer)."""
        try:
            answer = httpx.post(self.run.api + path, content=body, headers=headers, timeout=_PATIENCE, trust_env=False)
        except httpx.HTTPError as error:
            raise _unreachable(self.run.api, error) from error
        return answer.status_code, answer.text

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        return _said(self._answer(method, path, body))

    def _answer(self, method: str, path: str, body: Any = None) -> httpx.Response:
        try:
            answer = self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise _unreachable(self.run.api, error) from error
        if answer.is_success:
            return answer
        said = _said(answer)
        problem = said.get("error") if isinstance(said, dict) else None
        if not isinstance(problem, dict):
            raise HubError(
                f"the hub answered {answer.status_code} to {method} {path}; look into `hub logs console`",
                status=answer.status_code,
            )
        problems = problem.get("problems", ())
        raise HubError(str(problem.get("message", "")), str(problem.get("code", "")), answer.status_code, problems)


class Partner:
    """A simulator's control surface (`/_sim/…`). Thread-safe."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=_PATIENCE, trust_env=False)

    def state(self) -> dict[str, Any]:
        """The truth ledger."""
        found: dict[str, Any] = self._get("/_sim/state")
        return found

    def calls(self, side: str = "", after_id: int = 0) -> list[dict[str, Any]]:
        """What was asked and pushed: `{id, side, method, at_ms, duration_ms, outcome, ref, attempt}`."""
        found: list[dict[str, Any]] = self._get(f"/_sim/calls?side={side}&after_id={after_id}")["calls"]
        return found

    def config(self) -> dict[str, Any]:
        """Settings and switches as they stand (secrets are not shown)."""
        found: dict[str, Any] = self._get("/_sim/config")
        return found

    def set_config(self, **switches: Any) -> None:
        """Change switches."""
        self.post("/_sim/config", switches)

    def break_with(self, **dial: Any) -> None:
        """Turn a fault dial."""
        self.post("/_sim/faults", dial)

    def heal(self) -> None:
        """All dials back."""
        self._http.delete("/_sim/faults").raise_for_status()

    def post(self, path: str, body: Any) -> Any:
        """Any control."""
        answer = self._http.post(path, json=body)
        if not answer.is_success:
            raise HubError(f"the simulator refused {path}: {answer.status_code} {answer.text[:200]}")
        return answer.json()

    def _get(self, path: str) -> Any:
        answer = self._http.get(path)
        answer.raise_for_status()
        return answer.json()


def running_hub(home: Path | None = None) -> Hub:
    """The hub of this folder (HUB_HOME, or .hub). Raises HubError when none runs."""
    folder = home or hub_home()
    try:
        return Hub(read_run(folder))
    except (FileNotFoundError, ValueError, TypeError) as error:
        raise HubError(f"no hub runs in {folder}; start one with `hub up`, or set HUB_HOME to its folder") from error


def _said(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return {}


def _unreachable(url: str, error: Exception) -> HubError:
    return HubError(f"the hub at {url} does not answer ({type(error).__name__}); look at `hub status`")
