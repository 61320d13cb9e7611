"""Whose is what, where many share a store. Plain records; what follows from them is `core.people.access`'s.

    <home>/people/<id>/person.json    {"name": as others are told of them, "since": seconds since the epoch}
    <home>/people/<id>/runs.json      {"runs": {"<key>": when they asked for it}}
    <home>/people/<id>/decided.json   {"runs": {"<key>": {"pinned": ..., "number": ...}}}
    <home>/people/class/shared.json   {"runs": {"<key>": id of who shared it}, "sets": {"<name>": the same}}

A run belongs to everyone who asked for it. Whose a set of photos is stands in its own record
(`core.data.kept`). Images that a person left out, and test sets that they opened, lie in their folder, too.
"""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from core.files import unchanged, update_json, write_json
from core.person import Person

CLASS = "class"  # no person's id is a plain word
Kind = Literal["runs", "sets"]


def folder(home: Path, who: str) -> Path:
    """Where a person's own records lie."""
    return home / "people" / who


def enter(home: Path, person: Person) -> None:
    """Note who someone is, when they first come. Raises StoreError."""
    path = folder(home, person.id) / "person.json"
    known = unchanged(path, dict_of)
    if known is None or known.get("name") != person.name:
        write_json(path, {"name": person.name, "since": time.time()})


def people(home: Path) -> dict[str, str]:
    """Id -> name of everyone who has come, by name."""
    found = {}
    for path in (home / "people").glob("*/person.json"):
        known = unchanged(path, dict_of) or {}
        found[path.parent.name] = str(known.get("name") or path.parent.name)
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def runs_of(home: Path, who: str) -> Mapping[str, Any]:
    """Keys of the runs that a person asked for -> when, in seconds since the epoch."""
    return _listed(folder(home, who) / "runs.json", "runs")


def owners(home: Path, run_key: str) -> list[str]:
    """Ids of those who asked for a run, who first did so first."""
    asked = [(runs_of(home, who).get(run_key), who) for who in people(home)]
    return [who for when, who in sorted(pair for pair in asked if pair[0] is not None)]


def owned(home: Path) -> set[str]:
    """Keys of all runs that anyone asked for."""
    return {key for who in people(home) for key in runs_of(home, who)}


def add_runs(home: Path, who: str, keys: Iterable[str]) -> None:
    """Note that a person asked for runs. Raises StoreError."""
    new = [key for key in keys if key not in runs_of(home, who)]
    if new:
        now = dict.fromkeys(new, time.time())
        _change(folder(home, who) / "runs.json", "runs", lambda known: known | now)


def drop_runs(home: Path, who: str, keys: Iterable[str]) -> None:
    """Take runs from a person, and what they decided about them. Raises StoreError."""
    for name in ("runs.json", "decided.json"):
        _without(folder(home, who) / name, "runs", set(keys))


def decided(home: Path, who: str) -> Mapping[str, dict[str, Any]]:
    """Run key -> what a person decided about it: {pinned, number}."""
    return _listed(folder(home, who) / "decided.json", "runs")


def decide(home: Path, who: str, run_key: str, **values) -> None:
    """Note what a person decided about a run. Raises StoreError."""

    def change(known: dict[str, Any]) -> dict[str, Any]:
        return known | {run_key: known.get(run_key, {}) | values}

    _change(folder(home, who) / "decided.json", "runs", change)


def shared(home: Path, kind: Kind) -> Mapping[str, str]:
    """Run key, or name of a set -> id of who shared it with the class; empty where it was the terminal."""
    return _listed(_shared(home), kind)


def share(home: Path, kind: Kind, names: Iterable[str], by: str) -> None:
    """Let the whole class see runs or sets. Raises StoreError."""
    new = {name: by for name in names if name not in shared(home, kind)}
    if new:
        _change(_shared(home), kind, lambda known: known | new)


def take_back(home: Path, kind: Kind, names: Iterable[str]) -> None:
    """Let those alone see them whose they are. Raises StoreError."""
    _without(_shared(home), kind, set(names))


def _shared(home: Path) -> Path:
    return folder(home, CLASS) / "shared.json"


def dict_of(plain: Any) -> dict[str, Any]:
    """A record's value where it is a JSON object; else an empty one."""
    return plain if isinstance(plain, dict) else {}


def _listed(path: Path, kind: str) -> Mapping[str, Any]:
    return dict_of((unchanged(path, dict_of) or {}).get(kind))


def _without(path: Path, kind: str, names: set[str]) -> None:
    if names & set(_listed(path, kind)):
        _change(path, kind, lambda known: {name: value for name, value in known.items() if name not in names})


def _change(path: Path, kind: str, change) -> None:
    def changed(plain: Any) -> dict[str, Any]:
        record = dict_of(plain)
        return record | {kind: change(dict_of(record.get(kind)))}

    update_json(path, changed)
