"""Functions of the template and their folders, one to one; limits, logs and sample events of each."""

from collections.abc import Iterator
from pathlib import Path

from tests.architecture.checks.cfn import Template, names_in
from tests.architecture.checks.tree import function_folders

LOG_GROUP = "AWS::Logs::LogGroup"


def folder_problems(root: Path, template: Template) -> Iterator[str]:
    """Every folder is one function of the template, every function one folder."""
    if not template.exists:
        return
    folders = set(function_folders(root))
    used = [template.folder_of(function) for function in template.functions().values()]
    yield from (f"functions/{name}/ is no function of template.yaml" for name in sorted(folders - set(used)))
    for name, function in template.functions().items():
        folder = template.folder_of(function)
        if str(function.get("CodeUri", "")).rstrip("/").removeprefix("./") != f"functions/{folder}":
            yield f"{name} does not come from functions/"
        if folder not in folders:
            yield f"{name} comes from functions/{folder}/, which has no handler.py"
        if used.count(folder) > 1:
            yield f"{name} shares functions/{folder}/ with another function"
        if function.get("Handler") != "handler.handler":
            yield f"{name} is not entered through handler.handler"


def limit_problems(template: Template) -> Iterator[str]:
    for name, function in template.functions().items():
        for limit in ("Timeout", "MemorySize"):
            if limit not in function:
                yield f"{name} has no {limit}"


def log_problems(template: Template) -> Iterator[str]:
    """A function writes to a log group of the template, and every log group forgets."""
    groups = template.properties(LOG_GROUP)
    for name, group in groups.items():
        if "RetentionInDays" not in group:
            yield f"{name} keeps its logs for ever"
    for name, function in template.functions().items():
        written = names_in(function.get("LoggingConfig", {}).get("LogGroup"))
        named = {group for group, properties in groups.items() if name in names_in(properties.get("LogGroupName"))}
        if not (written & set(groups)) and not named:
            yield f"{name} writes to no log group of the template"


def sample_problems(root: Path) -> Iterator[str]:
    """Each function has one event that `hub invoke` and `sam local invoke -e` can send it."""
    samples = {path.stem for path in (root / "events" / "functions").glob("*.json")}
    folders = set(function_folders(root))
    yield from (f"events/functions/{name}.json is missing" for name in sorted(folders - samples))
    yield from (f"events/functions/{name}.json is for no function" for name in sorted(samples - folders))
