"""Content keys: what a thing is made from decides its name, never a clock or a counter.

The prefix (`run-v1`) names the format. Change what goes into a key, or what the stored bytes mean,
and the version must go up: every older entry is then simply not found and made anew.

A new setting needs no new version: it enters a key only where it differs from its neutral value, so what was
stored before it came keeps its key.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

KEY_PATTERN = re.compile(r"[a-z]+-v[0-9]+-[0-9a-f]{16}")
# The settings of the first version, in every key whatever their value. Never change this list
FOUNDING = frozenset(
    f"{section}.{name}".removeprefix(".")
    for section, *names in (
        ("", "seed", "batch_norm", "batch_size"),
        ("data", "name", "image_size", "limit", "split_seed", "shares"),
        ("base", "weights", "scaling"),
        ("augmentation", "flip", "rotation", "zoom", "translation", "contrast", "brightness", "fill_mode"),
        ("head", "hidden", "dropout"),
        ("feature_extraction", "epochs", "optimizer", "learning_rate"),
        ("fine_tuning", "epochs", "optimizer", "learning_rate", "unfreeze_from"),
    )
    for name in names
)
# Every setting that came later -> the value at which a run is what it was before the setting came. It is not
# the default: a default may change, a value in this table never
NEUTRAL: dict[str, Any] = {
    "data.train_limit": None,
    "data.train_draw": 0,
    "data.groups": None,
    "threads": None,  # it came when one thread began to train small images: before, all cores did
    "keep": "last",
    "patience": None,
    "class_weight": "none",
}
NEUTRAL_AMOUNT = 0.0  # of every random transform that came later: off


def canonical_json(value) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text on every machine."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def content_key(prefix: str, value) -> str:
    """`prefix` and 16 hex digits (64 bits) of the SHA-256 of the canonical JSON of `value`."""
    digest = hashlib.sha256(canonical_json(value).encode("ascii")).hexdigest()
    return f"{prefix}-{digest[:16]}"


def digest_of(ids: np.ndarray) -> str:
    """16 hex digits of the SHA-256 of images' ids, in their order: names what is stored of exactly these.

    Args:
        ids: uint64, (n,), as `Dataset.image_ids`.
    """
    return hashlib.sha256(ids.tobytes()).hexdigest()[:16]


def lasting(plain: Mapping[str, Any], section: str = "") -> dict[str, Any]:
    """A config, or one section of it, as it goes into keys: later settings only where they change something.

    Args:
        plain: JSON values by field, sections nested.

    Raises:
        KeyError: a later setting has no neutral value.
    """
    found = {}
    for field, value in plain.items():
        name = f"{section}.{field}" if section else field
        if isinstance(value, Mapping):
            found[field] = lasting(value, name)
        elif name in FOUNDING or value != _neutral(name):
            found[field] = value
    return found


def _neutral(name: str) -> Any:
    if name not in NEUTRAL and name.startswith("augmentation."):
        return NEUTRAL_AMOUNT
    return NEUTRAL[name]


def is_key(text: str) -> bool:
    """Whether `text` has the form of a key. Anything else never becomes part of a path."""
    return isinstance(text, str) and KEY_PATTERN.fullmatch(text) is not None
