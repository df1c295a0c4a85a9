"""What a function is told by its environment, checked as a whole when it starts."""

import os
from collections.abc import Mapping


class MissingSettings(RuntimeError):
    """Names every variable that is missing, not only the first."""


def required(*names: str, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The values of these variables. Raises MissingSettings."""
    source = os.environ if environ is None else environ
    missing = [name for name in names if not source.get(name)]
    if missing:
        raise MissingSettings(f"environment variables missing: {', '.join(missing)}")
    return {name: source[name] for name in names}


def optional(name: str, default: str) -> str:
    return os.environ.get(name) or default
