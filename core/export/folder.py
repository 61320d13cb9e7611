"""An export as files: what every one of them holds, and what each format adds.

card.md, card.html, card-pictures/   what is to be known of the model
labels.txt, model.json               its classes in their order, and how pixels go in
receipt.json                         what is needed to train it again
model.keras, .tflite, -int8.tflite   the model, and predict.py, which uses any of them without Thaw
train.py, train.ipynb                the whole run in plain Keras
"""

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.codegen import script
from core.codegen.predict import predict_program
from core.errors import ConfigError, StoreError, one_of
from core.explain import trained
from core.export import card_html, card_markdown
from core.export.card import Subject, card
from core.export.conversion import agreement, quantised
from core.export.usage import labels
from core.running import receipt
from core.store import Store
from core.typed_places import as_path, read_place
from core.wording import words

MODELS = {"keras": "model.keras", "litert": "model.tflite", "litert-int8": "model-int8.tflite"}
CODE = {"script": "train.py", "notebook": "train.ipynb"}
FORMATS = (*MODELS, *CODE, "card")
ALL = "all"


@dataclass(frozen=True)
class Converted:
    """A LiteRT file, and what the study `exported` says of it."""

    content: bytes
    record: Mapping[str, Any]


def read_formats(text: str) -> tuple[str, ...]:
    """The formats that a person named, several with commas.

    Raises:
        ConfigError: one of them is none.
    """
    named = [part.strip().lower() for part in text.split(",")]
    if ALL in named:
        return FORMATS
    for name in named:
        if name not in FORMATS:
            raise ConfigError(f"There is no format {name!r}.", one_of((*FORMATS, ALL)), field="format")
    return tuple(dict.fromkeys(named))


def target(text: str) -> Path:
    """The folder that a person named for an export. It may not exist; it is not made here.

    Raises:
        ConfigError: it can be no folder.
        StoreError: it is a file, holds files, or cannot be written.
    """
    path = as_path(read_place(text))
    if path is None:
        raise ConfigError(f"{text!r} can be no folder.", "Expected the path of a folder.", field="to")
    fix = "Name another folder with --to."
    above = path
    while not above.exists() and above != above.parent:
        above = above.parent
    if not above.is_dir():
        raise StoreError(f"{above} is a file.", "Expected a folder that is empty, or not there.", fix)
    if not os.access(above, os.W_OK | os.X_OK):
        raise StoreError(f"{above} may not be written.", "Expected a folder that is.", fix)
    if path.is_dir() and any(path.iterdir()):
        raise StoreError(f"{path} is not empty.", "Expected a folder that is empty, or not there.", fix)
    return path


def contents(
    about: Subject,
    store: Store,
    formats: Collection[str],
    converted: Mapping[str, Converted],
    pictures: bool = True,
) -> dict[str, bytes]:
    """Path in the folder -> content, of every file of an export.

    Args:
        formats: Of `FORMATS`.
        converted: Of `litert` and `litert-int8`, those that are in `formats`.
        pictures: Whether the card shows pictures that it got wrong.

    Raises:
        StoreError: the run is gone, or its model and its weights are.
        DatasetError: a picture for the card is gone.
    """
    usage, run_key = about.usage, about.result.run_key
    found = {name: _model(store, run_key) for name in formats if name == "keras"}
    found |= {name: one.content for name, one in converted.items()}
    about_files = [_said(name, content, converted) for name, content in found.items()]
    written = card(about, about_files, pictures)
    files = {
        "card.md": card_markdown.render(written).encode(),
        "card.html": card_html.render(written).encode(),
        **card_markdown.pictures(written),
        "labels.txt": labels(usage.classes).encode(),
        "model.json": (json.dumps(usage.to_plain(), indent=1, ensure_ascii=False) + "\n").encode(),
        "receipt.json": receipt.public(store.path(run_key) / "receipt.json", about.decided.told),
        **{MODELS[name]: content for name, content in found.items()},
    }
    if found:
        files["predict.py"] = predict_program(usage.image_size, usage.levels).encode()
    for name in formats:
        if name in CODE and about.dataset is not None:
            write = script.notebook if name == "notebook" else script.standalone
            code = write(about.config, about.dataset, f"Run {run_key}", about.decided.alarm)
            files[CODE[name]] = code.encode()
    return files


def _model(store: Store, run_key: str) -> bytes:
    path = store.model_file(run_key)
    if path is None:
        trained.whole_model(store, run_key)
        path = store.path(run_key) / "model.keras"
    return path.read_bytes()


def _said(name: str, content: bytes, converted: Mapping[str, Converted]) -> str:
    """What the card says of one of the model's files."""
    begins = f"{MODELS[name]}, {words.size(len(content))}."
    if name == "keras":
        return f"{begins} The Keras model, for `keras.models.load_model`."
    record = dict(converted[name].record)
    return f"{begins} {quantised(record) if 'paired' in record else agreement(record)}"


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write an export. Raises StoreError where that cannot be done."""
    path = folder
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        happened = f"{path} could not be written: {error.strerror or error}."
        raise StoreError(happened, fix="Name another folder with --to, or free some disk space.") from error
