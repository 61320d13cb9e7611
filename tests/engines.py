"""LiteRT's converted networks, made once for all tests of a run.

Each conversion takes seconds of a processor, and every test has a store of its own; but what comes of it
depends on its key alone, which names the file.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.keys import is_key


def folder(tmp_path_factory) -> Path:
    """Where they are, for all processes of the test run."""
    base = tmp_path_factory.getbasetemp()
    found = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "engines"
    found.mkdir(exist_ok=True)
    return found


@contextlib.contextmanager
def once(shared: Path) -> Iterator[None]:
    """In this process an engine is taken from the folder before it is converted, and kept there after."""
    from core.method import engine

    kept_file = engine.kept_file

    def from_shared(frozen, converted):
        if not is_key(converted.stem):
            return kept_file(frozen, converted)
        _copy_if_missing(shared / converted.name, converted)
        content = kept_file(frozen, converted)
        _copy_if_missing(converted, shared / converted.name)
        return content

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "kept_file", from_shared)
        yield


@contextlib.contextmanager
def lent(shared: Path, home: Path) -> Iterator[None]:
    """A store has all of them, for a process of its own that works there; what that one converts is kept."""
    _link(shared, home / "engines")
    yield
    _link(home / "engines", shared)


def _link(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for file in source.glob("*.tflite"):
        with contextlib.suppress(OSError):  # it is there already, or was put aside this moment
            if is_key(file.stem):
                os.link(file, target / file.name)


def _copy_if_missing(source: Path, target: Path) -> None:
    """Aside and renamed: another worker of the test run may read it. A copy: a test may damage its own."""
    with contextlib.suppress(OSError):  # a test may have put something in the way
        if source.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as aside:
                aside.write(source.read_bytes())
            os.replace(aside.name, target)
