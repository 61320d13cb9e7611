"""What to notice in a run's numbers, in two or three sentences."""

from core import layers
from core.results import PhaseResult, RunResult
from core.statistics.baseline import commonest_share
from core.statistics.paired import PairedVerdict, wilson_interval
from core.statistics.verdict import Verdict
from core.wording import words

TOO_SOON = 3  # epochs
LIKELY_CAUSES = (
    "Mistakes that were measured to do this: random weights frozen in place, pictures in the wrong folders, "
    "pixels scaled twice, a rate so low that nothing moves."
)
CLEAR_GAP = 0.05  # training above validation by more than this is worth a sentence


def run_notes(result: RunResult) -> list[str]:
    """Sentences about a finished run: what changed, what moved most, and whether it learned by heart."""
    last = result.last
    hope = "" if learned_nothing(result) else _best_epoch(last)
    notes = [_what_changed(result), _most_moved(last), _by_heart(last) or hope]
    return [note for note in notes if note]


def learned_nothing(result: RunResult) -> str:
    """A warning about a run that always naming the commonest class would have matched; else empty.

    It stands where at most one epoch of all phases, and not the last, was right more often than chance
    allows for the commonest class's share of that many images (the upper end of Wilson's 95% interval).
    Fewer than `TOO_SOON` epochs say nothing yet. The causes it names are those measured to give such
    curves: docs/published.md.
    """
    epochs = [epoch for phase in result.phases for epoch in phase.epochs]
    if len(epochs) < TOO_SOON:
        return ""
    images = result.dataset.counts["validation"]
    share = commonest_share(result.dataset.class_counts["validation"])
    ceiling = wilson_interval(round(share * images), images)[1]
    above = [epoch for epoch in epochs if epoch.val_accuracy > ceiling]
    if len(above) > 1 or epochs[-1] in above:
        return ""
    return (
        f"This run has learned nothing that its {images:,} validation images can show: in "
        f"{len(epochs) - len(above)} of {len(epochs)} epochs it was no better than always naming the "
        f"commonest class, which is right for {words.percent(share)}. {LIKELY_CAUSES}"
    )


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
        notes.append(
            f"In batch mode {len(moved)} of 52 BatchNorm layers overwrote their pretrained means and "
            f"variances, `{most.name}` most ({100 * most.statistics:.0f}%, L2); in inference mode none did."
        )
    before = kept.phases[0].validation
    gains = [words.points(run.last.validation.accuracy - before.accuracy) for run in (kept, batch)]
    notes.append(
        f"From {words.percent(before.accuracy)} before fine-tuning, keeping the statistics made "
        f"{gains[0]}, each batch's own {gains[1]}."
    )
    if verdict.verdict == Verdict.CANNOT_TELL:
        notes.append("On these images the difference between the two could be luck.")
    else:
        notes.append(
            "Slider, rate, pictures and first weights are the same: this one switch makes the difference."
        )
    return notes


def scratch_notes(transfer: RunResult, scratch: RunResult) -> list[str]:
    """Three arms on the same images: what transfer was worth.

    Args:
        transfer: A run with feature extraction, fine-tuning or both.
        scratch: The same from random weights.
    """
    last, first = scratch.last, transfer.phases[0]
    notes = [
        f"From scratch, {last.trainable_parameters:,} numbers had to be found from "
        f"{scratch.dataset.counts['train']:,} images; {words.PHASE_NAMES[first.name]} found "
        f"{first.trainable_parameters:,} and kept the rest."
    ]
    name, end = words.PHASE_NAMES[first.name], first.validation.accuracy
    passes = next((epoch.epoch for epoch in last.epochs if epoch.val_accuracy > end), None)
    when = f"passes it in epoch {passes} of" if passes else "never passes it in"
    notes.append(
        f"Where {name} ends ({words.percent(end)} after {len(first.epochs)} epochs), training from scratch "
        f"{when} {len(last.epochs)}."
    )
    seconds = sum(phase.seconds_from_nothing for phase in transfer.phases)
    notes.append(
        f"It took {words.duration(last.seconds_from_nothing)}, the transfer {words.duration(seconds)}: with "
        "nothing frozen nothing can be computed once and kept, so every epoch runs the whole network on "
        "every image (the plain path)."
    )
    return notes


def _what_changed(result: RunResult) -> str:
    last = result.last
    if last.name == "from_scratch":
        return (
            f"All {last.trainable_parameters:,} numbers learned from random ones; nothing came from other "
            "images. The whole network ran on every image in every epoch (the plain path), because nothing "
            "was frozen whose output could be kept."
        )
    if len(result.phases) < 2:
        return (
            f"{last.trainable_parameters:,} numbers of the head learned; not one of the backbone's "
            f"{layers.PARAMETERS:,} did."
        )
    before = result.phases[0].validation
    moved = (
        f"Thawing {words.retrain_from(last.unfreeze_from)} moved validation accuracy from "
        f"{words.percent(before.accuracy)} to {words.percent(last.validation.accuracy)}; "
    )
    if last.path == "plain":
        return moved + (
            "the whole network ran on every image in every epoch (the plain path), because no block of it "
            "stayed frozen whose output could be kept: that is why it took so long."
        )
    return moved + (
        f"the first {last.unfreeze_from} layers did not change by a single bit, so their output was computed "
        "once and kept (the features path)."
    )


def _most_moved(phase: PhaseResult) -> str:
    moved = [change for change in phase.weight_change if change.trainable > 0]
    if not moved:
        return ""
    most = max(moved, key=lambda change: change.trainable)
    share = f"{100 * most.trainable:.2g}%"
    return f"The layer that moved most is `{most.name}`: its weights changed by {share} (L2)."


def _by_heart(phase: PhaseResult) -> str:
    if not phase.epochs:
        return ""
    last = phase.epochs[-1]
    gap = last.accuracy - last.val_accuracy
    if gap < CLEAR_GAP:
        return ""
    return (
        f"It ends {100 * gap:.0f} points better on training images ({words.percent(last.accuracy)}) than on "
        f"validation images ({words.percent(last.val_accuracy)}): part of what it learned holds only for "
        "images it has seen."
    )


def _best_epoch(phase: PhaseResult) -> str:
    if len(phase.epochs) < 2:
        return ""
    best = max(phase.epochs, key=lambda epoch: epoch.val_accuracy)
    if best is phase.epochs[-1] or best.val_accuracy == phase.epochs[-1].val_accuracy:
        return "Validation accuracy was highest in the last epoch: more epochs might still help."
    return (
        f"Validation accuracy was highest in epoch {best.epoch} ({words.percent(best.val_accuracy)}); "
        "the result is that of the last epoch, and picking the best one would flatter it."
    )
