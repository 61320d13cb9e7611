"""`verify`: train again what a receipt says, from nothing, and compare every number."""

import contextlib
import math
import tempfile
from dataclasses import replace
from pathlib import Path

from core import config as configs
from core.commands.printing import print_json
from core.commands.training import note_layout, say_waiting, train
from core.compare.decision import alarm_for, decision_of
from core.data import datasets
from core.data.datasets import Dataset
from core.data.layouts import AmbiguousLayout
from core.errors import DatasetError, StoreError
from core.method import device
from core.results import RunResult, to_plain
from core.running import jobs, receipt, verification
from core.running.identity import Asked
from core.running.receipt import Receipt, Threshold, shown
from core.running.verification import EQUAL, HEAD_ONLY, THAWED, Verification
from core.store import Store
from core.typed_places import read_place
from core.wording import words


def verify(parsed) -> int:
    """0 where the receipt holds, 1 where it does not. Raises ThawError for bad input."""
    store, written = Store(), receipt.read(Path(parsed.receipt))
    name = _known_name(written, store) if parsed.data is None else read_place(parsed.data)
    note_layout(parsed, name)
    try:
        dataset = datasets.find(name, store.home)
    except AmbiguousLayout:
        raise
    except DatasetError as problem:
        fix = "Say where the images of this receipt lie: --data FOLDER_OR_ZIP."
        raise DatasetError(problem.happened, problem.expected, fix, field="data.name") from problem
    found = Verification(None, (), verification.before_training(written, dataset))
    if found.holds:
        found = verification.compare(written, _again(written, name, dataset, store), found.checks)
    if parsed.json:
        print_json(as_answer(written, found))
    else:
        _print(written, found)
    return 0 if found.holds else 1


def _known_name(written: Receipt, store: Store) -> str:
    """Where the images of a receipt lie: as this store's own run of that key says, else by their name."""
    with contextlib.suppress(StoreError):
        return store.config(written.result.run_key).data.name
    return written.config.data.name


def _again(written: Receipt, name: str, dataset: Dataset, store: Store) -> Receipt:
    """The receipt of the same run, trained in an empty store, so that nothing stored is reused.

    The store lies beside the person's own, where there is room for features.
    """
    device.configure(verification.threads(written))
    config = configs.with_setting(written.config, "data.name", name)
    with (
        jobs.training_lock(store, say_waiting),
        tempfile.TemporaryDirectory(prefix="verify-", dir=store.home) as folder,
    ):
        fresh = Store(Path(folder))
        result = train(Asked(config, dataset, fresh, written.plain))
        again = receipt.read(fresh.path(result.run_key) / "receipt.json")
        alarms = tuple(_threshold(one, result, fresh) for one in written.alarms)
        return replace(again, alarms=alarms)


def _threshold(alarm: Threshold, result: RunResult, store: Store) -> Threshold:
    """The threshold that a receipt's alarm comes to on the predictions of the rerun. Raises ConfigError."""
    asked = alarm_for(alarm.class_name, alarm.find, result.dataset.classes)
    store.set_alarm(result.run_key, asked)
    found = decision_of(store, result).threshold
    return replace(alarm, threshold=math.nan if found is None else found)


def as_answer(written: Receipt, found: Verification) -> dict:
    """The JSON answer."""
    asked = None
    if found.exact is not None:
        asked = {"exact": found.exact}
        if not found.exact:
            asked |= {"head_only": to_plain(HEAD_ONLY), "thawed": to_plain(THAWED)}
    return {
        "run_key": written.result.run_key,
        "holds": found.holds,
        "compared": asked,
        "environment": [to_plain(difference) for difference in found.environment],
        "checks": [to_plain(check) for check in found.checks],
    }


def _print(written: Receipt, found: Verification) -> None:
    then = written.result
    counts = ", ".join(f"{n:,} {split}" for split, n in then.dataset.counts.items())
    name = shown(then.dataset.name, quoted=False)
    print(f"Receipt of {shown(then.run_key, quoted=False)}, {name}: {counts}")
    for other in found.environment:
        was, now = (shown(value, quoted=False) for value in (other.then, other.now))
        print(f"  {other.name}: {was} then, {now} now")
    if found.exact:
        why = "The environment is the receipt's"
        if found.environment:
            why = "One thread trained then and now, and gives the same bits whatever the number of cores"
        print(f"{why}: every number must be equal, to the last bit.")
    elif found.exact is not None:
        why = "The environment is another one" if found.environment else "A GPU adds in no fixed order"
        print(f"{why}, so numbers need not be equal to the last bit.")
        print(f"  a head on frozen layers: {HEAD_ONLY}; thawed layers: {THAWED}")
    for check in found.checks:
        detail = f"  {shown(check.said, quoted=False)}" if check.said else ""
        print(f"  {check.outcome:<17} {check.name}{detail}")
    if found.holds:
        close = sum(check.outcome != EQUAL for check in found.checks)
        print("The receipt holds" + (f"; {words.plural(close, 'line')} not to the bit." if close else "."))
    else:
        untrained = "; nothing was trained" if found.exact is None else ""
        print(f"The receipt does not hold{untrained}.")
    print("Seconds, dates and the store's own names are not compared.")
