"""Which mistakes hold a two-layer head at 50%, exactly as a lab's printed run stood?

Two kinds are tried: those that a config can express, through Thaw's engine, and those that only code can
make, in plain Keras (`benchmarks.lab_in_keras`). Where the frozen epochs already differ from the printed
ones, fine-tuning is not tried.
"""

from dataclasses import replace

from benchmarks.trainings import SEEDS, Answers, train
from core.config import parse_setting
from core.presets import two_layer_head
from core.store import Store

STUCK = 4  # of 5 frozen epochs at exactly 50%: only then is it worth fine-tuning on
EXACTLY = 9  # of 10 epochs, as printed

# Mistakes that a config can express: what is set otherwise than in `two-layer-head`
MISTAKES = {
    "pixels 0..1": ("base.scaling=0..1",),
    "head's rate 1e-2": ("feature_extraction.learning_rate=1e-2",),
    "head's rate 1e-1": ("feature_extraction.learning_rate=1e-1",),
    "head's rate 1": ("feature_extraction.learning_rate=1",),
    "head's rate 1e-6": ("feature_extraction.learning_rate=1e-6",),
    "base thawed from the start, from 54, rate 1e-3": (
        "feature_extraction.epochs=0", "fine_tuning.epochs=10", "fine_tuning.unfreeze_from=54",
        "fine_tuning.learning_rate=1e-3",
    ),
}  # fmt: skip


def failed_lab(store: Store, answers: Answers) -> None:
    """Every mistake's frozen epochs over the seeds; fine-tuned too where those stand at 50%."""
    from benchmarks.lab_in_keras import MISTAKES_IN_CODE, Lab

    lab = Lab(store)
    for name in MISTAKES_IN_CODE:
        for seed in SEEDS:
            _both_phases(name, seed, answers, lambda name=name, seed=seed: lab.frozen(name, seed),
                         lambda name=name, seed=seed: lab.both(name, seed))  # fmt: skip
    for name, settings in MISTAKES.items():
        config = two_layer_head()
        for setting in settings:
            config = parse_setting(config, setting)
        if not config.two_phases:
            answers.get(_mistake(name, SEEDS[0]), lambda config=config: train(config, store))
            continue
        for seed in SEEDS:
            seeded = replace(config, seed=seed)
            first = seeded.first_phase_only()
            _both_phases(name, seed, answers, lambda first=first: train(first, store),
                         lambda seeded=seeded: train(seeded, store))  # fmt: skip


def _mistake(name: str, seed: int) -> str:
    return f"failed-lab, {name}, seed {seed}"


def _both_phases(name: str, seed: int, answers: Answers, frozen, both) -> None:
    """The frozen phase; then, for the first seed, both, unless the frozen one rules the mistake out."""
    first = answers.get(_mistake(name, seed), frozen)
    if seed == SEEDS[0] and at_half(first["val_accuracy"]) >= STUCK:
        answers.get(f"{_mistake(name, seed)}, fine-tuned", both)


def at_half(curve: list[float]) -> int:
    """Epochs that print as .5000."""
    return sum(f"{value:.4f}" == "0.5000" for value in curve)


def print_failed_lab(answers: Answers) -> None:
    """A row a mistake: its curve and whether it is exactly the printed one."""
    from benchmarks.lab_in_keras import MISTAKES_IN_CODE

    print("\n| mistake | validation accuracy by epoch, first seed | at .5000 by seed | the printed curve? |")
    print("|---|---|---|---|")
    for name in (*MISTAKES_IN_CODE, *MISTAKES):
        found = [answers.known[_mistake(name, s)] for s in SEEDS if _mistake(name, s) in answers.known]
        if not found:
            continue
        longest = answers.known.get(f"{_mistake(name, SEEDS[0])}, fine-tuned", found[0])
        curve = longest["val_accuracy"]
        counts = ", ".join(f"{at_half(f['val_accuracy'])} of {len(f['val_accuracy'])}" for f in found)
        if len(curve) > len(found[0]["val_accuracy"]):
            counts += f"; with fine-tuning {at_half(curve)} of {len(curve)}"
        shown = " ".join(f"{value:.3f}".lstrip("0") for value in curve) or longest.get("refused", "")
        verdict = "exactly" if at_half(curve) >= EXACTLY else "no"
        print(f"| {name} | {shown} | {counts} | {verdict} |")
