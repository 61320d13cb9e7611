"""How a terminal names a stored run: by its key, or by as much of it as no other run shares."""

from core.errors import StoreError
from core.keys import is_key
from core.store import Store


def run_key(store: Store, text: str) -> str:
    """The key of the run that was meant: `run-v1-3fa94c1d02b7e865`, `run-v1-3fa9` or `3fa9`. What fits no run
    is given back as it is, and refused by whoever opens it.

    Raises:
        StoreError: several runs begin so.
    """
    given = text.strip()
    if is_key(given) or not given:
        return given
    keys = [run.run_key for run in store.list_runs()]
    found = [key for key in keys if key.startswith(given) or key.rpartition("-")[2].startswith(given)]
    if len(found) > 1:
        raise StoreError(
            f"{given} begins the keys of {len(found)} runs: {', '.join(sorted(found)[:5])}.",
            "Expected as much of the key as no other run shares.", "Give more of it.",
        )  # fmt: skip
    return found[0] if found else given
