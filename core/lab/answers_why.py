"""The first four lab questions, which ask why: explanations, and what the runs say to them."""

from core import layers
from core.charts import AccuracyRow, accuracy_dots
from core.charts.curves import Curve, curve_table, learning_curve
from core.charts.lab_charts import weight_change_by_phase
from core.compare.comparison import Model
from core.config import BACKBONE_LAYERS
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
        "Transfer learning starts from a network that has already learned another task, keeps what it "
        "knows, and trains only what the new task needs. Here that is MobileNetV2, which learned from "
        f"{words.IMAGENET_PHOTOS} of ImageNet, with a new head on top. Training from scratch starts from "
        "random numbers: edges, textures and shapes all have to be learned again, from the new images "
        "alone."
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
        f"Nothing reused, transfer took {_took(pretrained)} for {_epochs(pretrained)} and training from "
        f"scratch {_took(scratch)} for {_epochs(scratch)}, on {scratch.result.dataset.counts['train']:,} "
        "images.",
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
    return [f"{title}: {paired_sentence(verdict)}.", _WORTH_OF_TRANSFER[verdict.verdict]]


_WORTH_OF_TRANSFER = {
    Verdict.BETTER: "More images and epochs could bring the network from scratch further: what the other one "
    f"knew before took {words.IMAGENET_PHOTOS}.",
    Verdict.WORSE: "Here what the pretrained network knew was no help: training from scratch did better on "
    "these images. Where they are many, simple and little like ImageNet's photos, that happens.",
    Verdict.CANNOT_TELL: "As far as these images can tell, training from scratch did as well here. Compare "
    "what it cost, and try fewer images: what is known before is worth most where little is to be learned "
    "from.",
}


def _took(run: FinishedRun) -> str:
    return words.from_nothing(run.result, run.result.last)


def _epochs(run: FinishedRun) -> str:
    return words.plural(sum(len(found.epochs) for found in run.result.phases), "epoch")


def fine_tuning(case: Case, theme: str) -> Answer:
    """Question 2: what fine-tuning is good for."""
    explanation = (
        "Fine-tuning is a second phase: the later layers of the pretrained network are unfrozen, and they "
        "and the head go on learning together, at a rate so small that they adjust what they know instead "
        "of overwriting it. It can be useful because the first layers' features are general, and the last "
        "ones the most specialised to ImageNet's photos: a little training may fit them to the new images."
    )
    run = case.evidence.tuned
    if run is None:
        published = (
            "Published, not yours: TensorFlow's tutorial promises about 96% validation accuracy frozen and "
            "nearly 98% fine-tuned, on 2,000 photos of cats and dogs."
        )
        none = "No fine-tuned run" if case.evidence.frozen else "No run"
        return Answer(QUESTIONS[1], explanation, f"{none} of yours yet. {published}")
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
    run = case.evidence.frozen
    augmented = (run.config if run else case.recipe).augmentation.active
    passes = "each variant of an image" if augmented else "each image"
    explanation = (
        "At first the new head is random, so its errors say little. Sent back through the whole network they "
        f"would overwrite features that took {words.IMAGENET_PHOTOS} to learn. Frozen, the base is a fixed "
        "feature extractor: backpropagation leaves its weights alone, and only the head learns. Few numbers "
        f"then learn from few images, and {passes} has to pass through the base only once"
        + (
            ": augmentation makes one of every image in every epoch."
            if augmented
            else ", which makes it fast."
        )
    )
    if run is None:
        return Answer(QUESTIONS[2], explanation, "No run yet: no numbers of your own.")
    trained = phases_of(run)
    first = trained[0][2]
    everything = layers.PARAMETERS + first.trainable_parameters
    findings = [
        f"While the base was frozen, {_moved(first)} of its {len(first.weight_change)} layers that hold "
        f"numbers changed: the largest change is {_largest(first)}. Only {first.trainable_parameters:,} of "
        f"{everything:,} numbers learned, in {words.duration(first.seconds_from_nothing)} if nothing is "
        "reused."
    ]
    if len(trained) > 1:
        findings.append(_after_freezing(trained[1][2]))
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
        f"Change of each layer's weights in {case.called(run)}; in feature extraction at most "
        f"{_largest(first)}",
    )
    return Answer(QUESTIONS[2], explanation, from_run(case, run), tuple(findings), table, (figure,))


def _after_freezing(second: PhaseResult) -> str:
    """What the second phase changed in the base."""
    frozen = [change for change in second.weight_change if change.layer < second.unfreeze_from]
    if second.unfreeze_from == BACKBONE_LAYERS:
        return (
            f"In the second phase the head went on learning alone: {_moved(second)} layers of the base "
            "changed."
        )
    said = (
        f"Fine-tuned {words.retrain_from(second.unfreeze_from)}, {words.plural(_moved(second), 'layer')} "
        f"changed, the weights of one by as much as {_largest(second)}"
    )
    if not frozen:
        return f"{said}; none was frozen."
    touched = sum(change.trainable > 0 or change.statistics > 0 for change in frozen)
    return f"{said}; of the {len(frozen)} still frozen {touched or 'none'} changed."


def _moved(found: PhaseResult) -> int:
    return sum(change.trainable > 0 or change.statistics > 0 for change in found.weight_change)


def _largest(found: PhaseResult) -> str:
    """Of trainable weights, relative (L2), such as `1.2%`."""
    most = max((change.trainable for change in found.weight_change), default=0.0)
    return f"{100 * most:.2g}%" if most else "exactly 0"


def augmenting(case: Case, theme: str) -> Answer:
    """Question 4: what augmentation is good for."""
    explanation = (
        "Augmentation shows the network another random variant of every training image in every epoch, "
        "under the same label. So it can hardly learn single pictures by heart, and more of what it learns "
        "should hold for images it has not seen, as if there were more of them. The variants must still be "
        "of their class: a turned cat is a cat, a mirrored 2 is no 2. Validation images are never changed."
    )
    pictures = tuple(case.pictures())
    pair = case.evidence.augmented
    if pair is None:
        origin = "The pictures are yours, drawn as training would draw them. No two runs yet that differ "
        return Answer(QUESTIONS[3], explanation, origin + "only in augmentation.", pictures=pictures)
    labels = ("without augmentation", "with augmentation")
    trained = [(label, run, run.result.last) for label, run in zip(labels, pair, strict=True)]
    without, augmented = (_beside_validation(found) for *_, found in trained)
    findings = (
        verdict_of(case, "With augmentation, against without", *trained),
        f"In the last epoch training accuracy is {without} validation accuracy without augmentation and "
        f"{augmented} it with augmentation. Far above means learned by heart; below, that training images "
        "were seen under harder conditions, such as dropout and augmentation.",
    )
    table = results_table(trained)
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


def _beside_validation(found: PhaseResult) -> str:
    """Training accuracy of the last epoch beside validation accuracy: `2.0 points above`, `level with`."""
    gap = words.apart(found.epochs[-1].accuracy, found.epochs[-1].val_accuracy)
    return f"{abs(gap):.1f} points {'above' if gap > 0 else 'below'}" if gap else "level with"
