"""What is deployed, built from this tree: the layer as a folder, every function as a zip with a bootstrap.

A function runs under the real runtime client of AWS (`awslambdaric`) in an environment that holds boto3 and
nothing else, as there. The emulator does not unpack layers for such a runtime, so the bootstrap puts that
folder on PYTHONPATH. Everything is precompiled with unchecked hashes, as `make build` does for AWS.
"""

import compileall
import fcntl
import hashlib
import io
import py_compile
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from local.cloud.paths import HUB_PYTHON, RUNTIME_PYTHON, build_cache

_BOOTSTRAP = """#!/bin/sh
export PYTHONPATH="{layers}" PYTHONDONTWRITEBYTECODE=1
exec "{python}" -m awslambdaric "$_HANDLER"
"""
# Same bytes for the same content: a zip that did not change is not deployed again.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def build_layer(source: Path) -> Path:
    """The folder that stands for `/opt/python` of the layer whose ContentUri is `source`.

    Built once per content: dependencies from `requirements.txt` (hashes checked), then the package beside it.
    """
    requirements = source / "requirements.txt"
    wanted = requirements.read_bytes() if requirements.exists() else b""
    dependencies = build_cache() / f"dependencies-{_digest(wanted)}"
    layer = build_cache() / f"layer-{_digest(wanted, *_contents(source))}"
    with _one_builder():
        if wanted and not dependencies.exists():
            with _aside(dependencies) as fresh:
                command = [str(HUB_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
                command += ["--no-deps", "--require-hashes", "--no-compile", "-r", str(requirements)]
                command += ["--target", str(fresh)]
                subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
                _compile(fresh)
        if not layer.exists():
            with _aside(layer) as fresh:
                if wanted:
                    shutil.copytree(dependencies, fresh, dirs_exist_ok=True, copy_function=_link)
                for file in _files(source):
                    target = fresh / file.relative_to(source)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(file, target)
                _compile(fresh)
    return layer


def zip_layer(source: Path) -> bytes:
    """The layer's own package as a layer zip; its dependencies stay in the built folder."""
    return _zipped({f"python/{file.relative_to(source)}": file.read_bytes() for file in _files(source)})


def zip_function(folder: Path, layers: Sequence[Path]) -> bytes:
    """A function's folder, compiled, with the bootstrap that runs it on these layers."""
    contents: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for file in _files(folder):
            name = str(file.relative_to(folder))
            contents[name] = file.read_bytes()
            if file.suffix == ".py":
                compiled = Path(scratch) / "compiled"
                mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
                py_compile.compile(str(file), str(compiled), dfile=name, doraise=True, invalidation_mode=mode)
                cached = Path(name).parent / "__pycache__" / f"{file.stem}.{sys.implementation.cache_tag}.pyc"
                contents[str(cached)] = compiled.read_bytes()
    bootstrap = _BOOTSTRAP.format(layers=":".join(map(str, layers)), python=RUNTIME_PYTHON)
    return _zipped({**contents, "bootstrap": bootstrap.encode()})


def _files(folder: Path) -> list[Path]:
    return sorted(
        file
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".pyc"
    )


def _contents(folder: Path) -> Iterator[bytes]:
    for file in _files(folder):
        yield str(file.relative_to(folder)).encode()
        yield file.read_bytes()


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:16]


def _zipped(contents: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(contents.items()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = (0o755 if name == "bootstrap" else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return buffer.getvalue()


def _compile(folder: Path) -> None:
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(folder, quiet=2, force=False, invalidation_mode=mode)


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


@contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """A fresh folder that takes the name `target` only when it is complete."""
    fresh = target.with_name(target.name + ".part")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    yield fresh
    fresh.rename(target)


@contextmanager
def _one_builder() -> Iterator[None]:
    """Stacks started at once build the same layer once."""
    build_cache().mkdir(parents=True, exist_ok=True)
    with (build_cache() / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
