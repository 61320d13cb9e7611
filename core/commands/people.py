"""Commands for whoever serves a class: `people` and `forget`."""

from core import ownership
from core.commands.printing import print_json
from core.errors import ConfigError, one_of
from core.people import forgetting, overview
from core.store import Store
from core.wording import words


def people(parsed) -> None:
    """Who has come, and what they keep."""
    found = overview.members(Store())
    if parsed.json:
        listed = [
            {"id": one.id, "name": one.name, "sets": len(one.sets), "photo_bytes": one.photo_bytes,
             "runs": len(one.runs), "active": len(one.active)} for one in found
        ]  # fmt: skip
        print_json({"people": listed})
        return
    for one in found:
        sets = f"{words.plural(len(one.sets), 'set')} of photos, {words.size(one.photo_bytes)}"
        print(f"{one.name:<32} {sets:<32} {words.plural(len(one.runs), 'run')}")
    if not found:
        print("Nobody has logged in.")


def forget(parsed) -> None:
    """Delete all data of a person. Raises ConfigError where nobody of that name has come."""
    store = Store()
    who = overview.id_of(store, parsed.person)
    if who is None:
        known = ownership.people(store.home).values()
        raise ConfigError(
            f"Nobody called {parsed.person!r} has logged in here.",
            one_of(known) if known else "Nobody has logged in.",
            "`python -m core people` lists them.",
        )
    forgetting.forget_person(store.home, who)
    if parsed.json:
        print_json({"forgotten": who})
    else:
        print(f"All data of {parsed.person} are deleted.")
