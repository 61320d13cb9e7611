"""`check`: what is stored, damaged, or referred to by nothing; with `--repair`, set aside and removed. With
`--data`, what is wrong with the images of a set (`core.commands.check_images`)."""

import contextlib
from pathlib import Path

from core import damage, run_log, wholeness
from core.checksums import Damaged
from core.commands.check_images import check_images
from core.commands.inspection import Inspection, Trouble, inspect
from core.commands.printing import print_json
from core.commands.training import say_waiting
from core.errors import ConfigError
from core.files import remove, remove_folder, replacing
from core.results import to_plain
from core.running import jobs
from core.store import Store
from core.wording import words


def check(parsed) -> int:
    """0 where all is whole or was repaired, 1 where something is damaged; of images, 0. Raises ThawError for
    bad input."""
    store = Store()
    if parsed.data is not None:
        return check_images(parsed, store)
    if parsed.labels:
        raise ConfigError("--labels judges the images of a set.", "Expected --data NAME with it.")
    done: list[str] = []
    with contextlib.ExitStack() as held:
        if parsed.repair:
            held.enter_context(jobs.training_lock(store, say_waiting))
        found = inspect(store)
        if parsed.repair:
            done = repair(store, found)
            found = inspect(store)
    if parsed.json:
        print_json(as_answer(store, found, done))
    else:
        _print(store, found, done)
    return 1 if found.damaged else 0


def repair(store: Store, found: Inspection) -> list[str]:
    """Set aside what is damaged, and remove what nothing refers to. Hold the training lock while calling it.

    Returns:
        What was done, a sentence each.
    """
    done = [said for trouble in found.damaged if (said := _mend(store, trouble))]
    for orphan in found.orphans:
        path = store.home / orphan.file
        gone = remove_folder(path) if path.is_dir() else remove(path)
        what = "Removed" if gone else "Could not remove (in use)"
        done.append(f"{what} {orphan.file} ({words.size(orphan.bytes)}): {orphan.why}.")
    return done


def _mend(store: Store, trouble: Trouble) -> str:
    """Set one damaged file aside, and say so; nothing is said of what has to stay where it is."""
    path, parts = store.home / trouble.file, Path(trouble.file).parts
    if parts[0] == "photos":
        return ""  # an original: it is named, and what is left of it stays
    if parts[-1] == "events.jsonl":
        return _keep_readable_lines(store, path, trouble)
    part = next((part for part in wholeness.PARTS if parts[0] == "runs" and part.name == parts[-1]), None)
    if part is not None and store.mend(parts[1], part, Damaged(trouble.why)):
        return f"Set {trouble.file} aside ({trouble.why}) and made it again from the receipt."
    if path.exists() and not damage.set_aside(path, store.home, trouble.why):
        return f"Could not set {trouble.file} aside: it is in use."
    return f"Set {trouble.file} aside ({trouble.why}): {damage.meaning(trouble.file)}."


def _keep_readable_lines(store: Store, path: Path, trouble: Trouble) -> str:
    good = [line for line in path.read_bytes().split(b"\n") if any(run_log.parse([line]))]
    if not damage.set_aside(path, store.home, trouble.why):
        return f"Could not set {trouble.file} aside: it is in use."
    with replacing(path) as aside:
        aside.write_bytes(b"".join(line + b"\n" for line in good))
    store.append(path.parent.name, "note", text="Lines of the log were damaged and are left out.")
    return f"Set {trouble.file} aside ({trouble.why}); its {words.plural(len(good), 'readable line')} stay."


def as_answer(store: Store, found: Inspection, done: list[str]) -> dict:
    """The JSON answer."""
    return {
        "home": str(store.home),
        "stored": [to_plain(amount) for amount in found.amounts],
        "damaged": [to_plain(trouble) for trouble in found.damaged],
        "unused": [to_plain(orphan) for orphan in found.orphans],
        "freeable_bytes": found.freeable_bytes,
        "set_aside": [{"file": one.file, "when": one.when, "kept": str(one.kept)} for one in found.set_aside],
        "not_judged": list(found.not_judged),
        "repaired": done,
    }


def _print(store: Store, found: Inspection, done: list[str]) -> None:
    print(f"Store: {store.home}")
    for amount in found.amounts:
        print(f"  {amount.kind:<16} {amount.count:>7,}   {words.size(amount.bytes)}")
    for title, lines in (
        ("Done", done),
        ("Damaged", [f"{one.file}: {one.why}." for one in found.damaged]),
        ("Not used", [f"{one.file} ({words.size(one.bytes)}): {one.why}." for one in found.orphans]),
        ("Set aside", [f"{one.file}: {one.meaning}. Now {one.kept}" for one in found.set_aside]),
    ):
        if lines:
            print(title)
        for line in lines:
            print(f"  {line}")
    if found.not_judged:
        print(f"Pixels were not judged: {', '.join(found.not_judged)} cannot be opened here.")
    if found.orphans:
        print(f"{words.size(found.freeable_bytes)} could be freed: python -m core check --repair")
    print("Something is damaged." if found.damaged else "Everything stored is whole.")
