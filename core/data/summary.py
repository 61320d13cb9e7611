"""What was found in a folder, zip or upload, in one line that a person can check."""

from collections.abc import Iterable, Sequence
from typing import Any

from core.data.indexes import Dataset
from core.data.layouts import counted_reasons
from core.data.levels import Levels
from core.data.listing import EMPTY_FOLDER, PassedOver
from core.data.readings import SPLITS, counted_classes

CLASSES_TOLD = 12
EMPTY_NAMED = 3


def of_dataset(dataset: Dataset) -> str:
    """`16 photos · 2 classes: cats 8, dogs 8 · 6 passed over: 4 .cr2 not readable here, 2 beside the class
    folders`, and what the folders divide. Not Markdown."""
    images = [(dataset.classes[item.label], item.split) for item in dataset.items]
    kind = "images" if dataset.source.in_memory else "photos"
    return told(images, dataset.passed_over, dataset.levels, kind)


def told(
    images: Sequence[tuple[str, str | None]],
    passed_over: Iterable[PassedOver],
    levels: Levels | None = None,
    kind: str = "photos",
) -> str:
    """The same, of (class, given split) of every image."""
    parts = [f"{len(images):,} {kind}", counted_classes((name for name, _ in images), CLASSES_TOLD)]
    splits = [split for _, split in images]
    given = [f"{split} {splits.count(split):,}" for split in SPLITS if split in splits]
    if given:
        parts.append(f"{', '.join(given)} from your folders")
    if levels is not None:
        parts.append(f"16 bits a channel: {levels[0]:,} is black, {levels[1]:,} is white")
    passed_over = list(passed_over)
    pictures = [one for one in passed_over if one.is_picture]
    if pictures:
        parts.append(f"{len(pictures):,} passed over: {counted_reasons(pictures)}")
    if empty := [one.name for one in passed_over if one.reason == EMPTY_FOLDER]:
        more = f" and {len(empty) - EMPTY_NAMED:,} more" if len(empty) > EMPTY_NAMED else ""
        parts.append(f"empty: {', '.join(empty[:EMPTY_NAMED])}{more}")
    if others := len(passed_over) - len(pictures) - len(empty):
        parts.append(f"{others:,} other file{'s' * (others != 1)} passed over")
    return " · ".join(parts)


def by_reason(passed_over: Iterable[PassedOver], classes: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What is passed over, as JSON values: reason -> `count`, `classes` (class -> count, of what lies in the
    folder of a class) and `files` (name, and what is known of it)."""
    known, found = set(classes), {}
    for one in passed_over:
        told = found.setdefault(one.reason, {"count": 0, "classes": {}, "files": []})
        told["count"] += 1
        told["files"].append(f"{one.name}: {one.detail}" if one.detail else one.name)
        of_class = next((part for part in one.name.split("/")[:-1] if part in known), None)
        if of_class is not None:
            told["classes"][of_class] = told["classes"].get(of_class, 0) + 1
    return found
