"""The receipt of a run: what is needed to get the same numbers again, and the numbers themselves.

`receipt.json` is one JSON object:

- `format`: `thaw-receipt-v1`;
- `config`: the settings, as `ExperimentConfig.to_dict` writes them: images, splits, head, phases, seed. A
  folder or zip goes by its title; where it lies is nobody else's business;
- `plain`: whether the whole model was trained from pixels on request;
- `environment`: name -> text or number: device, processor, cores, threads, platform, Python, packages;
- `images`: SHA-256 in hex by split: the content and class of every image, in the order of training;
- `learned_weights`: SHA-256 in hex by phase: the head and the thawed layers as the phase left them;
- `temperatures`: by phase, what its logits are to be divided by (`core.statistics.temperature`), fitted on
  the validation images; nothing where none can be. Receipts of older versions have none;
- `alarms`: a class that must not be missed, where a person chose one: `class_name`, the share to `find`, and
  the `threshold` of the last phase that finds so much of the validation images;
- `result`: the `RunResult`: run and split key, counts, the pretrained weights and their SHA-256, path, and
  of each phase every epoch, weight change, validation, test and seconds.

A receipt may come from anywhere: `read` takes nothing on trust, and what it gives has the types stated here.
"""

import dataclasses
import hashlib
import json
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from core import checksums
from core import config as configs
from core.checksums import Damaged
from core.config import ExperimentConfig
from core.data.datasets import Dataset
from core.data.references import is_place, last_part, public_name
from core.data.splits import split, split_digests
from core.errors import ReceiptError, ThawError
from core.files import unchanged
from core.results import RunResult, run_from_plain, to_plain
from core.statistics.temperature import fit_temperature

FORMAT = "thaw-receipt-v1"
LATER = frozenset({"temperatures", "alarms"})  # fields that receipts of older versions lack
MOST_BYTES = 16_000_000  # a thousand epochs of both phases take 0.5 MB, a confusion of 1,000 classes 2 MB
_SHOWN = 60  # characters of a foreign value in a message


@dataclass(frozen=True)
class Threshold:
    """An alarm (`core.alarm`) with the threshold that it came to."""

    class_name: str
    find: float
    threshold: float


@dataclass(frozen=True)
class Receipt:
    """The fields above, read."""

    format: str
    config: ExperimentConfig
    plain: bool
    environment: dict[str, str | int | None]
    images: dict[str, str]
    learned_weights: dict[str, str]
    result: RunResult
    temperatures: dict[str, float | None] = field(default_factory=dict)
    alarms: tuple[Threshold, ...] = ()


# Writing


def of_run(
    config: ExperimentConfig,
    dataset: Dataset,
    result: RunResult,
    arrays: Mapping[str, np.ndarray],
    environment: dict[str, str | int | None],
    plain: bool = False,
) -> dict[str, Any]:
    """The receipt of a finished run, plain JSON values.

    Args:
        arrays: What the store keeps with it: `<phase>/head/<i>`, `<phase>/tail/<layer>/<i>` and others.
        environment: As `core.method.device.environment` gives it.
    """
    return {
        "format": FORMAT,
        "config": configs.with_setting(config, "data.name", public_name(dataset)).to_dict(),
        "plain": plain,
        "environment": environment,
        "images": split_digests(dataset, split(dataset, config.data)),
        "learned_weights": {phase.name: _digest(arrays, phase.name) for phase in result.phases},
        "temperatures": {phase.name: _temperature(arrays, phase.name) for phase in result.phases},
        "alarms": [],
        "result": to_plain(replace(result, dataset=replace(result.dataset, name=public_name(dataset)))),
    }


def public(path: Path, alarm: Threshold | None = None) -> bytes:
    """A stored receipt for others to read: those of older versions say where their images lay.

    Args:
        alarm: What is decided about the run besides.
    """
    content = path.read_bytes()
    try:
        plain = checksums.parse(content)
        named = plain["config"]["data"], plain["result"]["dataset"]
        if alarm is None and not any(is_place(one["name"]) for one in named):
            return content
        if alarm is not None:
            plain["alarms"] = [to_plain(alarm)]
        for one in named:
            if is_place(one["name"]):
                one["name"] = last_part(one["name"])
    except (Damaged, KeyError, TypeError):  # as it is; `verify` will say what is wrong with it
        return content
    return (json.dumps(plain, indent=1) + "\n").encode()


def processor(run: Path) -> str:
    """The kind of processor that trained a stored run, or of GPU; empty where its receipt does not say.

    Args:
        run: Its folder.
    """
    return unchanged(run / "receipt.json", _processor) or ""


def _processor(plain: Any) -> str:
    said = plain.get("environment") if isinstance(plain, dict) else None
    said = said if isinstance(said, dict) else {}
    device, found = (str(said.get(name) or "") for name in ("device", "processor"))
    return device.removeprefix("GPU, ") if device.startswith("GPU, ") else found


def _temperature(arrays: Mapping[str, np.ndarray], phase: str) -> float | None:
    said, true = arrays.get(f"{phase}/validation"), arrays.get("labels/validation")
    found = None if said is None or true is None else fit_temperature(said, true)
    return None if found is None else found.value


def _digest(arrays: Mapping[str, np.ndarray], phase: str) -> str:
    """SHA-256 of a phase's learned weights: names, shapes and bits, in the order of names."""
    found = hashlib.sha256()
    for name in sorted(arrays):
        if name.startswith((f"{phase}/head/", f"{phase}/tail/")):
            values = np.ascontiguousarray(arrays[name])
            found.update(f"{name} {values.dtype.str} {values.shape}\n".encode())
            found.update(values.tobytes())
    return found.hexdigest()


# Reading


def read(path: Path) -> Receipt:
    """The receipt in a file.

    Raises:
        ReceiptError: there is no such file, it is too large, no JSON, of another format, or has a field that
            is missing, unknown or of another type; the field is named.
    """
    plain = _parse(_content(Path(path)), Path(path).name)
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        found = plain.get("format", "none") if isinstance(plain, dict) else type(plain).__name__
        raise ReceiptError(
            f"{Path(path).name} is no receipt that this version reads: its format is {shown(found)}.",
            f"Expected {FORMAT}.",
            "A run's receipt is receipt.json in its folder; the app offers it for download.",
        )
    settings = plain.get("config")
    try:
        config = configs.from_dict(settings)
    except ThawError as problem:
        raise ReceiptError(f"In the receipt, {shown(problem, quoted=False)}", field="config") from problem
    except TypeError as problem:
        raise ReceiptError("The receipt's config has a value of the wrong type.", field="config") from problem
    _require(config.data.name.isprintable(), config.data.name, "the name of images", "config.data.name")
    rest = {name: value for name, value in plain.items() if name != "config"}
    hints = {name: hint for name, hint in typing.get_type_hints(Receipt).items() if name != "config"}
    _conform_fields(rest, hints, set(hints) - LATER, "")
    alarms = tuple(Threshold(**one) for one in plain.get("alarms", ()))
    known = {**rest, "result": run_from_plain(plain["result"]), "alarms": alarms}
    return Receipt(config=config, **known)


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise ReceiptError(f"There is no file {shown(str(path))}.", "Expected the receipt of a run.")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        raise ReceiptError(f"{shown(str(path))} cannot be read: {error}.") from error
    if len(content) > MOST_BYTES:
        raise ReceiptError(f"{shown(path.name)} is too large for a receipt.", "Expected at most 16 MB.")
    return content


def _parse(content: bytes, name: str) -> Any:
    def refuse(constant: str):
        raise ValueError(f"{constant} is not a number")

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in found}) < len(found):
            raise ValueError("a field stands twice")
        return dict(found)

    try:
        return json.loads(content.decode("utf-8"), parse_constant=refuse, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else shown(error, quoted=False)
        raise ReceiptError(f"{shown(name)} is no JSON: {why}.", "Expected the receipt of a run.") from error


def _conform(value: Any, hint: Any, where: str) -> None:
    """Refuse a JSON value that is not of a record's type.

    Args:
        hint: A type as in `core.results`: a dataclass, a scalar, or a tuple, dict or union of them.
        where: Its place in the receipt, such as `result.phases[0].epochs[2].loss`.
    """
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType and typing.get_origin(parts[0]):  # a list, or nothing
        if value is not None:
            _conform(value, parts[0], where)
    elif dataclasses.is_dataclass(hint):
        _require(isinstance(value, dict), value, "an object", where)
        fields = dataclasses.fields(hint)
        needed = {f.name for f in fields if f.default is f.default_factory is dataclasses.MISSING}
        _conform_fields(value, typing.get_type_hints(hint), needed, f"{where}.")
    elif origin is dict:
        _require(isinstance(value, dict), value, "an object", where)
        for name, inner in value.items():
            _require(name.isprintable() and len(name) <= _SHOWN, name, "a short name", where)
            _conform(inner, parts[1], f"{where}.{name}")
    elif origin is tuple:
        _require(isinstance(value, list), value, "a list", where)
        if parts[-1] is Ellipsis:
            parts = parts[:1] * len(value)
        _require(len(value) == len(parts), value, f"{len(parts)} values", where)
        for index, (inner, part) in enumerate(zip(value, parts, strict=True)):
            _conform(inner, part, f"{where}[{index}]")
    else:
        kinds = parts if origin is types.UnionType else (hint,)
        said = " or ".join("nothing" if kind is type(None) else _KINDS[kind] for kind in kinds)
        _require(any(_is(value, kind) for kind in kinds), value, said, where)


_KINDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def _conform_fields(value: dict, hints: dict[str, Any], needed: set[str], prefix: str) -> None:
    """Refuse an object with a field too many, one too few, or one of another type."""
    for name in sorted(needed - set(value)):
        raise ReceiptError(f"The receipt has no {prefix}{name}.", field=f"{prefix}{name}")
    for name, inner in value.items():
        if name not in hints:
            place = f"{prefix}{shown(name, quoted=False)}"
            raise ReceiptError(f"The receipt has an unknown field {place}.", field=prefix + name)
        _conform(inner, hints[name], prefix + name)


def _is(value: Any, kind: type) -> bool:
    if isinstance(value, bool) or kind is bool:
        return isinstance(value, bool) and kind is bool
    if kind is float:
        return isinstance(value, (int, float)) and abs(value) <= 1e300 and math.isfinite(value)
    return isinstance(value, kind)


def _require(ok: bool, value: Any, expected: str, where: str) -> None:
    if not ok:
        said = f"In the receipt, {where} is {shown(value)}."
        raise ReceiptError(said, f"Expected {expected}.", field=where)


def shown(value: Any, quoted: bool = True) -> str:
    """A foreign value for a terminal: short, on one line, without control characters."""
    text = value if isinstance(value, str) else repr(value) if quoted else str(value)
    text = "".join(character if character.isprintable() else "?" for character in text[: _SHOWN + 1])
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return f"'{text}'" if quoted and isinstance(value, str) else text
