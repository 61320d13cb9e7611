"""The command `export`: a finished run as files that need no Thaw."""

import sys

from core.commands.named import run_key
from core.commands.printing import print_json
from core.commands.study import answered
from core.config import ExperimentConfig
from core.data import datasets
from core.data.datasets import Dataset
from core.errors import DatasetError
from core.explain.exported import options_for
from core.explain.studies import Study
from core.export import folder
from core.export.card import Subject
from core.export.folder import CODE, Converted
from core.store import Store
from core.wording import words

NEEDS_IMAGES = ("litert", "litert-int8", *CODE)


def export(parsed) -> None:
    """Write a run's files into an empty folder. Raises ThawError for bad input."""
    store, formats = Store(), folder.read_formats(parsed.format)
    key, target = run_key(store, parsed.run_key), folder.target(parsed.to)
    store.load(key)  # it has finished
    config = store.config(key)
    dataset = _images(store, config)
    about = Subject.of(store, key, dataset, with_test=True)
    if wanting := [name for name in formats if name in NEEDS_IMAGES and about.dataset is None]:
        raise DatasetError(
            f"The images that this run was trained on, {about.images}, are no longer here as they were.",
            f"Expected them for {', '.join(wanting)}.", "keras and card need none: --format keras,card.",
            field="format",
        )  # fmt: skip
    converted = {}
    for name in formats:
        if name.startswith("litert") and about.dataset is not None:
            converted[name] = _converted(store, config, key, about.dataset, name)
    files = folder.contents(about, store, formats, converted, pictures=not parsed.no_pictures)
    folder.write(target, files)
    if parsed.json:
        records = {name: dict(one.record) for name, one in converted.items()}
        print_json({"run_key": key, "folder": str(target), "files": list(files), "converted": records})
        return
    print(f"{key} in {target}")
    for name, content in files.items():
        print(f"  {name:<22} {words.size(len(content))}")


def _images(store: Store, config: ExperimentConfig) -> Dataset | None:
    try:
        return datasets.find(config.data.name, store.home)
    except DatasetError as problem:
        print(f"Its images cannot be read: {problem.happened}", file=sys.stderr)
        return None


def _converted(store: Store, config: ExperimentConfig, key: str, dataset: Dataset, name: str) -> Converted:
    print(f"Converting to {name}:", file=sys.stderr)
    asked = Study("exported", config, options_for(key, int8=name == "litert-int8"))
    record, arrays = answered(asked, store, dataset)
    return Converted(arrays["model"].tobytes(), record)
