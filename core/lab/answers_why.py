"""The first four lab questions, which ask why: explanations, and what the runs say to them."""

from core import layers
from core.charts import AccuracyRow, accuracy_dots
from core.charts.curves import Curve, curve_table, learning_curve
from core.charts.lab_charts import weight_change_by_phase
from core.compare.comparison import Model
from core.errors import StoreError
from core.lab.answers import Answer, Figure, Trained, from_run, results_table, verdict_of, worth_of_thawing
from core.lab.questions import QUESTIONS, Case
from core.results import PhaseResult
from core.statistics.baseline import commonest_share
from core.statistics.verdict import Verdict
from core.store import FinishedRun
from core.wording import words
from core.wording.run_notes import run_notes
from core.wording.verdicts import paired_sentence


def dots(trained: list[Trained], theme: str) -> Figure:
    """Accuracies of several networks on one axis."""
    rows = [AccuracyRow(label, phase.name, phase.validation) for label, _, phase in trained]
    baseline = commonest_share(trained[0][1].result.dataset.class_counts["validation"])
    said = ", ".join(f"{row.label} {words.percent(row.evaluation.accuracy)}" for row in rows)
    return Figure(accuracy_dots(rows, theme, baseline), f"Validation accuracy with 95% intervals: {said}")


def phases_of(run: FinishedRun) -> list[Trained]:
    """Every phase of a run by its name."""
    return [(words.PHASE_NAMES[found.name], run, found) for found in run.result.phases]


def transfer(case: Case, theme: str) -> Answer:
    """Question 1: transfer learning against training from scratch."""
    explanation = (
        "Transfer learning starts from a network that has already learned another task, keeps what it knows, "
        "and trains only what the new task needs. Here that is MobileNetV2, which learned from 1.2 million "
        "ImageNet photos, with a new head on top. Training from scratch starts from random numbers: edges, "
        "textures and shapes all have to be learned again, from the new images alone."
    )
    pair = case.evidence.scratch
    if pair is None:
        known = case.evidence.frozen
        return Answer(
            QUESTIONS[0],
            explanation,
            "Half the comparison: no run from scratch on these images yet."
            if known
            else "No run yet: no numbers of your own.",
            case.probed,
            table=results_table(phases_of(known)) if known else None,
            figures=(dots(phases_of(known), theme),) if known else (),
        )
    scratch, pretrained = pair
    trained = [*phases_of(scratch), *phases_of(pretrained)]
    first, last = trained[0], trained[-1]
    findings = (
        *_against_scratch(case, first, last),
        f"Nothing reused, transfer took {_took(pretrained)} and training from scratch {_took(scratch)}, for "
        f"{_epochs(scratch)} epochs on {scratch.result.dataset.counts['train']:,} images.",
        *case.probed,
    )
    origin = f"From your {case.called(scratch)} (from scratch) and {case.called(pretrained)} (transfer), on "
    return Answer(
        QUESTIONS[0],
        explanation,
        f"{origin}{case.title}.",
        findings,
        results_table(trained),
        (dots(trained, theme),),
    )


def _against_scratch(case: Case, scratch: Trained, transferred: Trained) -> list[str]:
    """The verdict, and what it means."""
    title = "The pretrained network, against the one from scratch"
    try:
        verdict = case.verdict(*(Model(run.run_key, found.name) for _, run, found in (scratch, transferred)))
    except StoreError as problem:
        return [f"{title}: {problem.happened}"]
    means = (
        "More images and epochs would bring the network from scratch further: what the other one knew before "
        "took 1.2 million photos."
        if verdict.verdict == Verdict.BETTER
        else "Where images are simple and little like ImageNet's photos, training from scratch can do as "
        "well: compare what it cost."
    )
    return [f"{title}: {paired_sentence(verdict)}.", means]


def _took(run: FinishedRun) -> str:
    return words.duration(sum(found.seconds_from_nothing for found in run.result.phases))


def _epochs(run: FinishedRun) -> int:
    return sum(len(found.epochs) for found in run.result.phases)


def fine_tuning(case: Case, theme: str) -> Answer:
    """Question 2: what fine-tuning is good for."""
    explanation = (
        "Fine-tuning is a second phase: the later layers of the pretrained network are unfrozen, and they "
        "and the head go on learning together, at a rate so small that they adjust what they know instead of "
        "overwriting it. It is useful because the features learned from ImageNet photos are general, and its "
        "last layers the most specialised: a little training fits them to the new images."
    )
    run = case.evidence.tuned
    if run is None:
        published = (
            "Published, not yours: TensorFlow's tutorial promises about 96% validation accuracy frozen and "
            "nearly 98% fine-tuned, on 2,000 photos of cats and dogs."
        )
        return Answer(QUESTIONS[1], explanation, f"No run of yours yet. {published}")
    frozen, tuned = phases_of(run)[:2]
    findings = (*worth_of_thawing(case, frozen, tuned), *run_notes(run.result))
    return Answer(
        QUESTIONS[1],
        explanation,
        from_run(case, run),
        findings,
        results_table([frozen, tuned]),
        (_curve(case, run, theme),),
    )


def _curve(case: Case, run: FinishedRun, theme: str) -> Figure:
    first, second = (found.epochs for found in run.result.phases[:2])
    curve = Curve(case.names[run.run_key], (*first, *second), len(first))
    chart = learning_curve(
        curve,
        "accuracy",
        (len(first), len(second)),
        theme,
        num_classes=len(run.result.dataset.classes),
        baseline=commonest_share(run.result.dataset.class_counts["validation"]),
    )
    said = f"Training and validation accuracy of {case.called(run)} by epoch, both phases"
    return Figure(chart, said, curve_table([curve]).drop(columns="run").round(4))


def freezing(case: Case, theme: str) -> Answer:
    """Question 3: why the base is frozen while the new head learns."""
    explanation = (
        "At first the new head is random, so its errors say little. Sent back through the whole network they "
        "would overwrite features that took 1.2 million photos to learn. Frozen, the base is a fixed feature "
        "extractor: backpropagation leaves its weights alone, and only the head learns. Few numbers then "
        "learn from few images, and each image has to pass through the base only once, which makes it fast."
    )
    run = case.evidence.frozen
    if run is None:
        return Answer(QUESTIONS[2], explanation, "No run yet: no numbers of your own.")
    trained = phases_of(run)
    first = trained[0][2]
    everything = layers.PARAMETERS + first.trainable_parameters
    findings = [
        f"While the base was frozen, {_moved(first)} of its {len(first.weight_change)} layers that hold "
        f"numbers changed: the largest change is {_largest(first)}. Only {first.trainable_parameters:,} of "
        f"{everything:,} numbers learned, in "
        f"{words.duration(first.seconds_from_nothing)} if nothing is reused."
    ]
    if len(trained) > 1:
        second = trained[1][2]
        findings.append(
            f"Fine-tuned {words.retrain_from(second.unfreeze_from)}, {_moved(second)} layers changed, by up "
            f"to {_largest(second)}; the layers still frozen changed by exactly 0."
        )
    unfrozen = case.evidence.thawed_at_once
    if unfrozen is not None:
        trained = [*trained, (f"{case.called(unfrozen)}, never frozen", unfrozen, unfrozen.result.last)]
        title = "Without a frozen phase, against all phases with one"
        findings.append(verdict_of(case, title, trained[-2], trained[-1]))
    table = results_table(trained)
    moved = [f"{_moved(p)} of {len(p.weight_change)}" for *_, p in trained]
    table.loc["layers of the base that changed"] = moved
    table.loc["largest change of a layer"] = [_largest(p) for *_, p in trained]
    figure = Figure(
        weight_change_by_phase(run.result.phases, theme),
        f"Change of each layer's weights in {case.called(run)}: exactly 0 in feature extraction",
    )
    return Answer(QUESTIONS[2], explanation, from_run(case, run), tuple(findings), table, (figure,))


def _moved(found: PhaseResult) -> int:
    return sum(change.trainable > 0 or change.statistics > 0 for change in found.weight_change)


def _largest(found: PhaseResult) -> str:
    """Of trainable weights, relative (L2), such as `1.2%`."""
    most = max((change.trainable for change in found.weight_change), default=0.0)
    return f"{100 * most:.2g}%" if most else "exactly 0"


def augmenting(case: Case, theme: str) -> Answer:
    """Question 4: what augmentation is good for."""
    explanation = (
        "Augmentation shows the network another random variant of every training image in every epoch, under "
        "the same label. It cannot learn single pictures by heart, so more of what it learns holds for "
        "images it has not seen, as if there were more of them. The variants must still be of their class: "
        "a turned cat is a cat, a mirrored 2 is no 2. Validation images are never changed."
    )
    pictures = tuple(case.pictures())
    pair = case.evidence.augmented
    if pair is None:
        origin = "The pictures are yours, drawn as training would draw them. No two runs yet that differ "
        return Answer(QUESTIONS[3], explanation, origin + "only in augmentation.", pictures=pictures)
    labels = ("without augmentation", "with augmentation")
    trained = [(label, run, run.result.last) for label, run in zip(labels, pair, strict=True)]
    gaps = [found.epochs[-1].accuracy - found.epochs[-1].val_accuracy for *_, found in trained]
    findings = (
        verdict_of(case, "With augmentation, against without", *trained),
        f"In the last epoch training accuracy is {_points(gaps[0])} validation accuracy without augmentation "
        f"and {_points(gaps[1])} it with augmentation; a large gap means learned by heart.",
    )
    table = results_table(trained)
    table.loc["seconds of all phases, nothing reused"] = [_took(run) for run in pair]
    table.loc["training accuracy, last epoch"] = [words.percent(p.epochs[-1].accuracy) for *_, p in trained]
    table.loc["validation accuracy, last epoch"] = [
        words.percent(p.epochs[-1].val_accuracy) for *_, p in trained
    ]
    origin = f"From your {case.called(pair[0])} (without) and {case.called(pair[1])} (with), on "
    return Answer(
        QUESTIONS[3],
        explanation,
        f"{origin}{case.title}; they are alike in all else.",
        findings,
        table,
        (dots(trained, theme),),
        pictures,
    )


def _points(gap: float) -> str:
    return f"{100 * abs(gap):.1f} points {'above' if gap >= 0 else 'below'}"
