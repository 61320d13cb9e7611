"""`alarm`: note a class that must not be missed beside a run, and what finding it costs."""

from core.commands.printing import print_json
from core.compare import threshold
from core.compare.decision import alarm_for, decision_of
from core.compare.threshold import Alarms
from core.errors import ConfigError
from core.results import to_plain
from core.store import Store
from core.typed_numbers import read_number
from core.wording import words


def alarm(parsed) -> None:
    """Choose the threshold on validation images, note it, and tell what it does on both splits.

    Raises:
        ConfigError: no such class, or no share.
        StoreError: no such finished run.
    """
    store = Store()
    result = store.load(parsed.run_key)
    if parsed.off:
        store.set_alarm(parsed.run_key, None)
    elif parsed.class_name is not None:
        try:
            find = read_number(parsed.find)
        except ValueError:
            find = None
        if not isinstance(find, (int, float)):
            raise ConfigError(f"--find is {parsed.find!r}.", "Expected a share such as 98%.", field="find")
        store.set_alarm(parsed.run_key, alarm_for(parsed.class_name, find, result.dataset.classes))
    decided = decision_of(store, result)
    told: dict[str, Alarms] = {}
    if decided.alarm is not None and decided.threshold is not None:
        label = result.dataset.classes.index(decided.alarm.class_name)
        arrays = store.arrays(parsed.run_key)
        for split in ("validation", "test"):
            scores = threshold.scores_of(arrays[f"{result.last.name}/{split}"], label)
            told[split] = threshold.alarms(scores, arrays[f"labels/{split}"] == label, decided.threshold)
    if parsed.json:
        print_json(to_plain(decided) | {split: to_plain(found) for split, found in told.items()})
        return
    if decided.temperature is not None:
        print(f"Temperature {decided.temperature.value:.3f}, fitted on validation images.")
    if decided.alarm is None or decided.threshold is None:
        print("No class was said to be one that must not be missed: --class NAME notes one.")
        return
    print(
        f"{decided.alarm.class_name}: alarm from {threshold.percent_of(decided.threshold)} on, the highest "
        f"threshold that finds {decided.alarm.find:.0%} of it on validation images."
    )
    for split, found in told.items():
        doubt = words.interval(*found.recall_interval)
        print(
            f"  {split}: finds {found.found:,} of {found.of_class:,} ({doubt}), {found.false:,} false alarms "
            f"of {found.others:,}"
        )
