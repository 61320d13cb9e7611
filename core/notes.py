"""What to notice in a run's numbers, in two or three sentences."""

from core import layers, words
from core.results import PhaseResult, RunResult

CLEAR_GAP = 0.05  # training above validation by more than this is worth a sentence


def run_notes(result: RunResult) -> list[str]:
    """Sentences about a finished run: what changed, what moved most, and whether it learned by heart."""
    last = result.last
    notes = [_what_changed(result), _most_moved(last), _by_heart(last) or _best_epoch(last)]
    return [note for note in notes if note]


def _what_changed(result: RunResult) -> str:
    last = result.last
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
