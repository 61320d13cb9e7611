"""What to notice on the Bottleneck features page: sentences computed from the numbers shown."""

import numpy as np
import pandas as pd

from core import layers
from core.concepts import tables
from core.concepts.feature_map import Layout
from core.config import BACKBONE_LAYERS
from core.statistics.baseline import commonest_share
from core.statistics.paired import PairedVerdict
from core.statistics.verdict import Verdict
from core.wording import words
from core.wording.markdown import code


def shape_notes(image_size: int, units: int) -> list[str]:
    """What happens to the numbers on the way, and which bottleneck is meant."""
    flow = tables.flow(image_size, units)
    first, last = flow.iloc[0], flow[flow["part"] == "backbone"].iloc[-1]
    ends = [layers.output_shapes(image_size)[block.end - 1] for block in layers.blocks()[1:-1]]
    widest, most = _widest_layer(image_size)
    notes = [
        f"Of the {first['values']:,} numbers of a picture {layers.POOLED_CHANNELS:,} reach the head. The map "
        f"shrinks from {image_size} × {image_size} to {last['side']} × {last['side']} while the channels "
        f"grow from 3 to {last['channels']:,}; most numbers are in flight inside the blocks, {most:,} after "
        f"`{widest}`.",
        f"**Which bottleneck?** Here, as in the tutorial, it is the last map, {last['shape']}, pooled to "
        f"{layers.POOLED_CHANNELS:,}. In the MobileNetV2 paper a bottleneck is the thin output of a block: "
        f"here those of block 0 to block 16, only {ends[0][2]} to {ends[-1][2]} channels wide.",
    ]
    if last["side"] == 1:
        notes.append(
            f"At {image_size} px the last map is a single position: nothing is left to say where "
            "something was."
        )
    return notes


def _widest_layer(image_size: int) -> tuple[str, int]:
    """Name and number of outputs of the layer with the most; padding aside."""
    shapes = layers.output_shapes(image_size)
    sizes = {
        layer.name: shapes[layer.index][0] ** 2 * layer.channels
        for layer in layers.layer_table()
        if layer.kind != "ZeroPadding2D"
    }
    name = max(sizes, key=sizes.__getitem__)
    return name, sizes[name]


# Many images


def map_notes(
    layout: Layout, labels: np.ndarray, same_class: float | None, pretrained: bool = True
) -> list[str]:
    """How well the classes lie apart, in all dimensions and not only on the map.

    Args:
        same_class: `neighbours.same_class_share` of what the map flattens; None for a single image.
        pretrained: Whether no layer has learned from this data set yet.
    """
    notes = [_what_a_map_shows(layout)]
    if same_class is not None:
        commonest = commonest_share(np.bincount(labels))
        learned = "; the network has learned nothing from this data set yet" if pretrained else ""
        notes.append(
            f"For {words.percent(same_class)} of the images the most similar other image is of the same "
            f"class (always naming the commonest class would be right for {words.percent(commonest)})"
            f"{learned}."
        )
    return notes


def _what_a_map_shows(layout: Layout) -> str:
    if layout.explained:
        seen = "plane" if len(layout.axes) == 2 else "space"
        return (
            f"The {seen} shows {sum(layout.explained):.0%} of the spread of the {layers.POOLED_CHANNELS:,} "
            "numbers an image has: clouds that overlap here may still lie apart in the other directions."
        )
    return (
        "t-SNE keeps neighbours together: who stands beside whom means something, the size of a cloud and "
        "the distance between two clouds do not."
    )


def change_notes(was: float, now: float, frames: dict[str, pd.DataFrame]) -> list[str]:
    """What training the backbone changed.

    Args:
        was, now: `neighbours.same_class_share` before and after it.
        frames: `feature_map.map_frame` under `before` and `after`.
    """
    same = "as before" if words.percent(was) == words.percent(now) else "after it"
    notes = [
        f"The most similar other image is of the same class for {words.percent(was)} before fine-tuning and "
        f"for {words.percent(now)} {same}."
    ]
    first, second = frames["before"], frames["after"]
    if (first["called"] != "").any() and (second["called"] != "").any():
        fixed = int((first["wrong"] & ~second["wrong"]).sum())
        broke = int((~first["wrong"] & second["wrong"]).sum())
        notes.append(
            f"Of {int(first['wrong'].sum())} images misclassified before (ringed) {fixed} are right after "
            f"it; {broke} that were right became wrong."
        )
    return notes


# One image


def channel_note(pooled: np.ndarray) -> str:
    """How the activity of one image is spread over its channels.

    Args:
        pooled: float (1280,), at least 0.
    """
    ordered = np.sort(pooled)[::-1]
    total = ordered.sum()
    silent = int((pooled == 0).sum())
    if total <= 0:
        return "Every channel is silent for this picture: the head gets nothing but zeros."
    half = int(np.searchsorted(np.cumsum(ordered), 0.5 * total)) + 1
    said = f"Half of all activation sits in {half:,} of the {len(pooled):,} channels"
    if not silent:
        return f"{said}; none is silent."
    return f"{said}; {silent:,} are silent, exactly 0, because nothing in the picture is what they look for."


def neighbour_note(same: int, count: int, class_name: str, after: bool) -> str:
    """What the nearest training images say.

    Args:
        same: How many of the `count` nearest are of the image's own class.
        after: Whether this is the network after fine-tuning.
    """
    if after:
        return f"After fine-tuning {same} of {count} are."
    return (
        f"By its pretrained features {same} of the {count} most similar training images are of its own "
        f"class, {code(class_name)}."
    )


def tuned_note(before: np.ndarray, after: np.ndarray, shown: int) -> str:
    """How far fine-tuning turned the features of one image, and whether its strongest channels stayed."""
    if np.array_equal(before, after):
        return "After fine-tuning its features are the same to the last bit: no layer below them changed."
    lengths = np.linalg.norm(before) * np.linalg.norm(after)
    cosine = float(before @ after / lengths) if lengths > 0 else 0.0
    kept = len(set(np.argsort(-before)[:shown]) & set(np.argsort(-after)[:shown]))
    return (
        f"After fine-tuning {kept} of its {shown} strongest channels are the same; before and after "
        f"resemble each other by {cosine:.2f} (1 is the same direction)."
    )


# By depth


def probe_notes(frame: pd.DataFrame, commonest: float, verdict: PairedVerdict) -> list[str]:
    """Where the information sits, whether the top is the best place, and what the control says.

    Args:
        frame: As `probe_depths.probe_frame` makes it.
        commonest: Accuracy of always naming the commonest class, in 0..1.
        verdict: The best depth against the top.
    """
    best, top, control = frame.iloc[frame["right"].argmax()], frame.iloc[-1], frame["control"]
    return [
        _where_it_peaks(best, top, verdict),
        f"With shuffled labels the probes are right for {words.percent(control.min())} to "
        f"{words.percent(control.max())}, and always naming the commonest class is for "
        f"{words.percent(commonest)}: what lies above is information in the features. The mean colour of the "
        f"picture alone, 3 numbers, is right for {words.percent(frame['accuracy'][0])}.",
    ]


def tuned_probe_note(before: pd.DataFrame, after: pd.DataFrame, unfreeze_from: int) -> str:
    """What fine-tuning did to the information at the top, and that it left the frozen part alone.

    Args:
        before, after: `probe_depths.probe_frame` of both networks.
        unfreeze_from: Index of the first layer that learned.
    """
    was, now = before["accuracy"].iloc[-1], after["accuracy"].iloc[-1]
    before_it, after_it = words.percent(was), words.percent(now)
    if unfreeze_from == BACKBONE_LAYERS:
        return f"Fine-tuning thawed nothing, and a probe on the top is right for {after_it} as before."
    moved = f"left the top at {after_it}"
    if before_it != after_it:
        moved = f"took the top from {before_it} to {after_it}"
    said = f"Fine-tuning {moved}"
    if unfreeze_from == 0:
        return f"{said}; every layer learned."
    learned = layers.stop_label(unfreeze_from)
    return f"{said}; below {learned} nothing changed, because those layers are frozen."


def _where_it_peaks(best: pd.Series, top: pd.Series, verdict: PairedVerdict) -> str:
    if best["depth"] == top["depth"]:
        return (
            f"**The top is the best place**: after `{top['depth']}` a probe is right for "
            f"{words.percent(top['accuracy'])}, and nowhere for more. What the network learned from "
            "ImageNet serves what is asked here."
        )
    places = (
        f"a probe after `{best['depth']}` is right for {words.percent(best['accuracy'])}, at the top, where "
        f"the head sits, for {words.percent(top['accuracy'])}"
    )
    if verdict.verdict != Verdict.BETTER:
        return (
            f"**The top is not clearly the best place**: {places}; on the same {verdict.n:,} images that is "
            "too close to tell."
        )
    return (
        f"**The best place is not the top**: {places} (fixed {verdict.fixed}, broke {verdict.broke} of the "
        f"same {verdict.n:,} images). The upper blocks throw away what ImageNet did not need: that is what "
        "fine-tuning can win back."
    )
