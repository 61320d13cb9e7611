"""What is said of a phase whose end the validation images chose: the epoch kept, an early stop."""

from collections.abc import Iterable

from core.results import PhaseResult


def ending(phase: PhaseResult) -> str:
    """`keeps epoch 7, stopped after epoch 9`; empty where a phase ends with its last epoch as planned."""
    said = [f"keeps epoch {phase.kept_epoch}"] if phase.kept_epoch else []
    said += [f"stopped after epoch {phase.epochs[-1].epoch}"] if phase.most_epochs else []
    return ", ".join(said)


def choice_note(phases: Iterable[PhaseResult]) -> str:
    """A caution beside validation numbers that had a say in what they measure; empty where they had none."""
    phases = list(phases)
    kept, stopped = any(one.kept_epoch for one in phases), any(one.most_epochs for one in phases)
    if not kept and not stopped:
        return ""
    what = "the epoch to keep" if kept else "when to stop"
    return (
        f"Validation images chose {what}, so what they say flatters it a little; the test images had no say."
    )


def ending_note(phase: PhaseResult) -> str:
    """With which epoch a phase ends and why; empty where it ends with its last one as planned."""
    said = []
    if phase.most_epochs:
        said.append(
            f"It stopped after {len(phase.epochs)} of at most {phase.most_epochs} epochs: validation loss "
            "fell no further."
        )
    if phase.kept_epoch:
        latest = "the last, " if phase.kept_epoch == phase.epochs[-1].epoch else ""
        said.append(
            f"Validation loss was lowest in epoch {phase.kept_epoch}: {latest}its weights are the result."
        )
    return " ".join([*said, choice_note([phase])]).strip()
