"""Commands that only look: `datasets`, `presets`, `show`, `code`."""

from core import layers
from core.codegen import script
from core.commands.named import run_key
from core.commands.printing import Answer, print_answer, print_json
from core.commands.training import answer_of, config_of, note_layout
from core.data import datasets
from core.errors import DatasetError
from core.keys import is_key
from core.presets import PRESETS
from core.results import to_plain
from core.running.identity import ask
from core.store import FinishedRun, Store


def list_datasets(parsed) -> None:
    """Every data set with a name, and whether it is here."""
    entries = datasets.catalogue(Store().home)
    if parsed.json:
        print_json({"datasets": [to_plain(entry) for entry in entries]})
        return
    for entry in entries:
        here = "here" if entry.available else "can be fetched" if entry.downloadable else "not here"
        print(f"{entry.name:<18} {here:<15} {entry.title}. {entry.description}")


def list_presets(parsed) -> None:
    """The named recipes."""
    if parsed.json:
        print_json({"presets": {name: make().to_dict() for name, make in PRESETS.items()}})
        return
    for name, make in PRESETS.items():
        print(f"{name:<14} {(make.__doc__ or '').splitlines()[0]}")


def show(parsed) -> None:
    """A stored run, or the list of them. Raises StoreError where there is none."""
    store = Store()
    if parsed.run_key:
        print_answer(_stored(store, run_key(store, parsed.run_key)), parsed.json)
        return
    runs = store.list_runs()
    if parsed.json:
        print_json({"runs": [{"run_key": run.run_key, "status": run.status} for run in runs]})
        return
    for run in runs:
        finished = isinstance(run, FinishedRun)
        accuracy = f"validation {run.result.last.validation.accuracy:.3f}" if finished else ""
        print(f"{run.run_key}  {run.status:<12} {run.config.data.name:<18} {accuracy}")


def _stored(store: Store, key: str) -> Answer:
    """A stored run. One from before there were controls gets its own, if its images are still there."""
    result, config = store.load(key), store.config(key)
    try:
        asked = ask(
            config, store, plain=result.path == "plain" and layers.boundary(result.last.unfreeze_from) > 0
        )
    except DatasetError:
        return Answer(result, True)
    return answer_of(asked) if asked.key == key else Answer(result, True)


def code(parsed) -> None:
    """A recipe or a stored run as one script in plain Keras."""
    store = Store()
    config = store.config(parsed.preset) if is_key(parsed.preset) else config_of(parsed)
    note_layout(parsed, config.data.name)
    dataset = datasets.find(config.data.name, store.home)
    write = script.notebook if parsed.notebook else script.standalone
    alarm = store.alarm(parsed.preset) if is_key(parsed.preset) else None
    text = write(config, dataset, parsed.preset, alarm)
    if parsed.json:
        print_json({"code": text})
    else:
        print(text, end="")
