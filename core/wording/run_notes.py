"""What to notice in a run's numbers, in two or three sentences."""

from collections.abc import Sequence

from core import layers
from core.config import BACKBONE_LAYERS, ExperimentConfig
from core.results import EpochMetrics, PhaseResult, RunResult, spent_on
from core.statistics.baseline import commonest_share
from core.statistics.paired import PairedVerdict, wilson_interval
from core.statistics.verdict import Verdict
from core.wording import words
from core.wording.choosing import ending_note

TOO_SOON = 3  # epochs
LIKELY_CAUSES = (
    "Mistakes that were measured to do this: random weights frozen in place, pictures in the wrong folders, "
    "pixels scaled twice, a rate so low that nothing moves."
)
CLEAR_GAP = 5.0  # points; training above validation by as much is worth a sentence
BATCH_NORM_LAYERS = sum(layer.kind == "BatchNormalization" for layer in layers.layer_table())


def run_notes(result: RunResult) -> list[str]:
    """Sentences about a finished run: what changed, what moved most, and whether it learned by heart."""
    last = result.last
    hope = "" if learned_nothing(result) or last.kept_epoch else _best_epoch(last)
    notes = [_what_changed(result), _most_moved(last), _by_heart(last) or hope, ending_note(last)]
    return [note for note in notes if note]


def learned_nothing(result: RunResult) -> str:
    """A warning about a run that always naming the commonest class would have matched; else empty.

    It stands where at most one epoch of all phases, and not the one that the run ends with, was right more
    often than chance allows for the commonest class's share of that many images (the upper end of Wilson's
    95% interval). Fewer than `TOO_SOON` epochs say nothing yet. The causes it names are those measured to
    give such curves: docs/published.md.
    """
    epochs = [epoch for phase in result.phases for epoch in phase.epochs]
    if len(epochs) < TOO_SOON:
        return ""
    images = result.dataset.counts["validation"]
    share = commonest_share(result.dataset.class_counts["validation"])
    ceiling = wilson_interval(round(share * images), images)[1]
    above = [epoch for epoch in epochs if epoch.val_accuracy > ceiling]
    if len(above) > 1 or result.last.stands in above:
        return ""
    return (
        f"This run has learned nothing that its {images:,} validation images can show: in "
        f"{len(epochs) - len(above)} of {len(epochs)} epochs it was not clearly better than always naming "
        f"the commonest class, which is right for {words.percent(share)}. {LIKELY_CAUSES}"
    )


def validation_above(config: ExperimentConfig, epochs: Sequence[EpochMetrics], thawed: bool) -> str:
    """Why validation may lie above training, where it does in the last epoch; else empty.

    Args:
        thawed: Whether layers of the backbone learned in that epoch.
    """
    if not epochs or epochs[-1].val_accuracy <= epochs[-1].accuracy:
        return ""
    last = epochs[-1]
    return (
        f"Validation ({words.percent(last.val_accuracy)}) lies above training "
        f"({words.percent(last.accuracy)}), which is no mistake. "
        f"{why_training_is_low(config, thawed and config.batch_norm == 'batch')}."
    )


def why_training_is_low(config: ExperimentConfig, by_batch: bool) -> str:
    """Why training accuracy need not lie above validation accuracy.

    Args:
        by_batch: Whether BatchNorm layers that learned used each batch's statistics.
    """
    why = ["its mean is taken while an epoch still learns"]
    if config.head.dropout:
        why.append("dropout is on")
    if config.augmentation.active:
        why.append("its images are augmented")
    if by_batch:
        why.append("BatchNorm uses each batch's statistics")
    return f"Training accuracy is measured under harder conditions: {words.listed(why)}"


def batch_norm_notes(kept: RunResult, batch: RunResult, verdict: PairedVerdict) -> list[str]:
    """Two runs that differ in nothing but what thawed BatchNorm layers do: what that did.

    Args:
        kept, batch: The runs in inference mode and in batch mode.
        verdict: Of `batch` against `kept`.
    """
    moved = [change for change in batch.last.weight_change if change.statistics > 0]
    notes = []
    if moved:
        most = max(moved, key=lambda change: change.statistics)
        still = not any(change.statistics for change in kept.last.weight_change)
        notes.append(
            f"In batch mode {len(moved)} of {BATCH_NORM_LAYERS} BatchNorm layers overwrote their means and "
            f"variances, `{most.name}` most (by {100 * most.statistics:.0f}% of their size)"
            + ("; in inference mode none did." if still else ".")
        )
    if len(kept.phases) > 1:
        before = kept.phases[0].validation.accuracy
        gains = [words.apart(run.last.validation.accuracy, before) for run in (kept, batch)]
        notes.append(
            f"Before fine-tuning validation accuracy was {words.percent(before)}; after it, it stands "
            f"{gains[0]:+.1f} points from there with the statistics kept, {gains[1]:+.1f} points with each "
            "batch's own."
        )
    return [*notes, _the_switch(verdict)]


def _the_switch(verdict: PairedVerdict) -> str:
    """What the BatchNorm mode alone did: everything else is the same in two such runs."""
    if verdict.verdict == Verdict.CANNOT_TELL:
        if not verdict.fixed + verdict.broke:
            return f"Both are right and wrong on the same of the {verdict.n:,} images: none tells them apart."
        return "On these images the difference between the two could be luck."
    did = "better" if verdict.verdict == Verdict.BETTER else "worse"
    return (
        "Slider, rate, pictures and first weights are the same: this one switch makes the difference, and "
        f"each batch's statistics did {did}."
    )


def scratch_notes(transfer: RunResult, scratch: RunResult) -> list[str]:
    """Three arms on the same images: what transfer was worth.

    Args:
        transfer: A run with feature extraction, fine-tuning or both.
        scratch: The same from random weights.
    """
    last, first = scratch.last, transfer.phases[0]
    name, images = words.PHASE_NAMES[first.name], scratch.dataset.counts["train"]
    rest = "kept the rest" if first.unfreeze_from else "began from pretrained ones"
    return [
        f"From scratch, {last.trainable_parameters:,} numbers had to be found from {images:,} images; {name} "
        f"found {first.trainable_parameters:,} and {rest}.",
        _passes(first, last),
        _scratch_seconds(transfer, scratch),
    ]


def _passes(first: PhaseResult, scratch: PhaseResult) -> str:
    """Whether and when a network from scratch passes what the first phase of a transfer ends with."""
    end, epochs = first.validation.accuracy, scratch.epochs
    passes = next((epoch.epoch for epoch in epochs if epoch.val_accuracy > end), None)
    where = (
        f"Where {words.PHASE_NAMES[first.name]} ends ({words.percent(end)} after "
        f"{words.plural(len(first.epochs), 'epoch')}), training from scratch"
    )
    if passes is None:
        return f"{where} never passes it in {words.plural(len(epochs), 'epoch')}."
    ends = epochs[-1].val_accuracy
    side = "above it" if ends > end else "below it" if ends < end else "level with it"
    return (
        f"{where} first passes it in epoch {passes} of {len(epochs)} and ends {side}, at "
        f"{words.percent(ends)}."
    )


def _scratch_seconds(transfer: RunResult, scratch: RunResult) -> str:
    took = [spent_on(run.phases).from_nothing for run in (scratch, transfer)]
    said = f"From nothing it took {words.duration(took[0])}, the transfer {words.duration(took[1])}"
    kept = any(phase.path == "features" for phase in transfer.phases)
    if took[0] <= took[1] or not kept or scratch.path != "plain":
        return f"{said}."
    return (
        f"{said}: with nothing frozen nothing can be computed once and kept, so every epoch runs the whole "
        "network on every image (the plain path)."
    )


def _what_changed(result: RunResult) -> str:
    last = result.last
    if last.name == "from_scratch":
        said = (
            f"All {last.trainable_parameters:,} numbers learned from random ones; nothing came from other "
            "images."
        )
        if last.path != "plain":
            return said
        return (
            f"{said} The whole network ran on every image in every epoch (the plain path), because nothing "
            "was frozen whose output could be kept."
        )
    if len(result.phases) > 1:
        return f"{_before_and_after(result)} {_how_it_ran(last)}"
    if last.unfreeze_from == BACKBONE_LAYERS:
        return (
            f"{last.trainable_parameters:,} numbers of the head learned; not one of the backbone's "
            f"{layers.PARAMETERS:,} did."
        )
    return (
        f"{last.trainable_parameters:,} numbers learned at once, {words.retrain_from(last.unfreeze_from)} "
        f"and the head, with no frozen phase before. {_how_it_ran(last)}"
    )


def _before_and_after(result: RunResult) -> str:
    """Both phases' accuracies, credited to all that the second one did."""
    last = result.last
    was, now = (words.percent(phase.validation.accuracy) for phase in (result.phases[0], last))
    moved = f"left validation accuracy at {now}"
    if was != now:
        moved = f"took validation accuracy from {was} to {now}"
    if last.unfreeze_from == BACKBONE_LAYERS:
        return f"More epochs of the head, at fine-tuning's own rate, {moved}; no layer was thawed."
    what = f"Fine-tuning {words.retrain_from(last.unfreeze_from)}"
    return f"{what} {moved}, by more epochs of the head and by thawing together."


def _how_it_ran(phase: PhaseResult) -> str:
    """By which path, and why that was possible."""
    if layers.boundary(phase.unfreeze_from) == 0:
        return (
            "The whole network ran on every image in every epoch (the plain path), because no block of it "
            "stayed frozen whose output could be kept: that is why it takes long."
        )
    frozen = [change for change in phase.weight_change if change.layer < phase.unfreeze_from]
    if any(change.trainable or change.statistics for change in frozen):
        return "Layers that should have been frozen changed: something is wrong with this run."
    still = f"The first {phase.unfreeze_from} layers did not change by a single bit"
    if phase.path == "plain":
        return f"{still}; the whole network ran on every image all the same, as asked for (the plain path)."
    return (
        f"{still}, so what they make of a picture, or of a variant, was computed once and kept (the "
        "features path)."
    )


def _most_moved(phase: PhaseResult) -> str:
    moved = [change for change in phase.weight_change if change.trainable > 0]
    if not moved:
        return ""
    most = max(moved, key=lambda change: change.trainable)
    share = f"{100 * most.trainable:.2g}%"
    return f"The layer that moved most is `{most.name}`: its weights changed by {share} of their size."


def _by_heart(phase: PhaseResult) -> str:
    if not phase.epochs:
        return ""
    last = phase.stands
    gap = words.apart(last.accuracy, last.val_accuracy)
    if gap < CLEAR_GAP:
        return ""
    said = (
        f"It ends {gap:.1f} points better on training images ({words.percent(last.accuracy)}) than on "
        f"validation images ({words.percent(last.val_accuracy)}): part of what it learned holds only for "
        "images it has seen"
    )
    if any(change.statistics for change in phase.weight_change):
        return (
            f"{said}, or part of the gap is BatchNorm's: training used each batch's statistics, validation "
            "the stored ones."
        )
    return f"{said}."


def _best_epoch(phase: PhaseResult) -> str:
    if len(phase.epochs) < 2:
        return ""
    last, best = phase.epochs[-1], max(phase.epochs, key=lambda epoch: epoch.val_accuracy)
    if best is last:
        return "Validation accuracy was highest in the last epoch: more epochs might still help."
    if best.val_accuracy == last.val_accuracy:
        return f"No epoch was better on validation images than the last ({words.percent(last.val_accuracy)})."
    return (
        f"Validation accuracy was highest in epoch {best.epoch} ({words.percent(best.val_accuracy)}); "
        "the result is that of the last epoch, and picking the best one would flatter it."
    )
