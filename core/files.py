"""Files written whole: aside, then renamed, so that a reader sees all of one or none. JSON among them."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.errors import StoreError


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place if the body succeeds, else disappears.

    Raises:
        StoreError: the folder cannot be written or the disk is full.
    """
    aside = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield aside
        os.replace(aside, path)
    except OSError as error:
        raise StoreError(
            f"{path.name} could not be written: {error.strerror or error}.",
            fix="Free some disk space, or set THAW_HOME to a folder that can be written.",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)


def write_json(path: Path, value) -> None:
    """Write `value` as readable JSON, whole or not at all."""
    with replacing(path) as aside:
        aside.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """The value in a JSON file, or None where there is none or it is broken."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def unchanged(path: Path, parse: Callable[[Any], Any]) -> Any:
    """`parse` of what a JSON file holds, kept until it changes; None where there is none or it is broken.

    Pages ask for the same records many times a second. They are shared: read them, never change them.
    """
    try:
        stat = path.stat()
    except OSError:
        return None
    return _parsed(path, stat.st_mtime_ns, stat.st_size, parse)


@lru_cache(maxsize=2048)
def _parsed(path: Path, modified_ns: int, size: int, parse: Callable[[Any], Any]) -> Any:
    plain = read_json(path)
    return None if plain is None else parse(plain)


def folder_bytes(folder: Path) -> int:
    """What the files below a folder take, by their lengths; 0 where there is none."""
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # gone in the meantime
            total += path.stat().st_size if path.is_file() else 0
    return total
