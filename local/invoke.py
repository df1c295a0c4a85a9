"""Run one function once under AWS's own Runtime Interface Emulator, without Docker.

The emulator's binary ships inside aws-sam-cli (Linux, x86-64 and arm64). The function runs as on AWS: its folder,
the built layer, boto3, nothing else; its environment is the deployed one when a hub runs, otherwise what the
template says literally.
"""

import json
import os
import platform
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from local.cloud.artifacts import build_layer
from local.cloud.aws import client
from local.cloud.emulator import CREDENTIALS, REGION
from local.cloud.paths import RUNTIME_PYTHON
from local.cloud.processes import stop_group
from local.cloud.run_file import Run
from local.cloud.template import Template, read_template, resources

START_SECONDS = 30.0


class InvokeError(RuntimeError):
    """The function could not be run at all; the message says why."""


@dataclass(frozen=True)
class Answer:
    """What the function returned (or AWS's error document, `failed`), and what it printed."""

    payload: Any
    failed: bool
    log: str


def invoke(template_file: Path, folder: str, event: Any, run: Run | None) -> Answer:
    """Run `functions/<folder>` of the template with `event`; raises InvokeError."""
    template = read_template(template_file)
    name, properties = _function(template, folder)
    shared = template.get("Globals", {}).get("Function", {})
    settings = {**shared, **properties}
    layers = resources(template, "AWS::Serverless::LayerVersion").values()
    environment = {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "PYTHONPATH": ":".join(str(build_layer(template_file.parent / layer["ContentUri"])) for layer in layers),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        # Nothing listens on port 9: a function that calls AWS while no hub runs fails at once.
        "AWS_ENDPOINT_URL": run.endpoint if run else "http://127.0.0.1:9",
        **CREDENTIALS,
        "AWS_LAMBDA_FUNCTION_NAME": run.functions[folder] if run else name,
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(settings.get("Timeout", 3)),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(settings.get("MemorySize", 128)),
        **(_deployed(run, folder) if run else _literal(template, shared, properties)),
    }
    code = template_file.parent / properties["CodeUri"]
    with _emulator(code, settings["Handler"], environment) as served:
        return _call(served, event, float(settings.get("Timeout", 3)))


def _function(template: Template, folder: str) -> tuple[str, dict[str, Any]]:
    functions = resources(template, "AWS::Serverless::Function")
    for name, properties in functions.items():
        if Path(properties["CodeUri"]).name == folder:
            return name, properties
    known = ", ".join(Path(properties["CodeUri"]).name for properties in functions.values())
    raise InvokeError(f"no function {folder!r}; there are {known}")


def _deployed(run: Run, folder: str) -> dict[str, str]:
    settings = client("lambda", run.endpoint).get_function_configuration(FunctionName=run.functions[folder])
    return dict(settings.get("Environment", {}).get("Variables", {}))


def _literal(template: Template, *functions: Mapping[str, Any]) -> dict[str, str]:
    """The variables as the template writes them: parameters by their default, resources by their logical id."""
    parameters = template.get("Parameters", {})
    found = {}
    for function in functions:
        for name, value in function.get("Environment", {}).get("Variables", {}).items():
            if isinstance(value, dict):
                _, told = next(iter(value.items()))
                reference = told if isinstance(told, str) else str(told[0])
                found[name] = str(parameters.get(reference, {}).get("Default", reference))
            else:
                found[name] = str(value)
    return found


@contextmanager
def _emulator(code: Path, handler: str, environment: Mapping[str, str]) -> Iterator["_Served"]:
    front, back = _free_port(), _free_port()
    command = [str(_binary()), "--runtime-interface-emulator-address", f"127.0.0.1:{front}"]
    command += ["--runtime-api-address", f"127.0.0.1:{back}", "--log-level", "error"]
    command += [str(RUNTIME_PYTHON), "-m", "awslambdaric", handler]
    process = subprocess.Popen(
        command,
        cwd=code,
        env={**environment, "_HANDLER": handler, "LAMBDA_TASK_ROOT": str(code)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        _wait_for(front, process)
        yield _Served(f"http://127.0.0.1:{front}/2015-03-31/functions/function/invocations", process)
    finally:
        stop_group(process.pid)


@dataclass(frozen=True)
class _Served:
    url: str
    process: subprocess.Popen[bytes]

    def log(self) -> str:
        """End it and return everything it printed."""
        stop_group(self.process.pid)
        printed, _ = self.process.communicate(timeout=10)
        return printed.decode(errors="replace")


def _call(served: _Served, event: Any, timeout: float) -> Answer:
    request = urllib.request.Request(served.url, data=json.dumps(event).encode())
    try:
        with urllib.request.urlopen(request, timeout=timeout + START_SECONDS) as response:
            body = response.read()
    except urllib.error.HTTPError as error:
        body = error.read()
    except OSError as error:
        raise InvokeError(f"no answer: {error}\n{served.log()}") from error
    try:
        payload = json.loads(body)
    except ValueError:
        payload = {"errorType": "Unreadable", "errorMessage": body.decode(errors="replace")}
    failed = isinstance(payload, dict) and "errorType" in payload and "errorMessage" in payload
    return Answer(payload, failed, served.log())


def _binary() -> Path:
    found = find_spec("samcli")
    machine = {"amd64": "x86_64", "aarch64": "arm64"}.get(platform.machine().lower(), platform.machine().lower())
    if found is None or found.origin is None or platform.system() != "Linux":
        raise InvokeError("the Lambda runtime interface emulator that ships in aws-sam-cli runs on Linux only")
    return Path(found.origin).parent / "local" / "rapid" / f"aws-lambda-rie-{machine}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.02)
    raise InvokeError("the Lambda runtime interface emulator did not start")
