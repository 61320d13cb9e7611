"""The last four lab questions, which ask for code: the code for the current settings, and what it does."""

import numpy as np
import pandas as pd

from core import layers
from core.charts.lab_charts import weight_change_by_phase
from core.codegen.keras import KERAS_SIZES, lab_pieces
from core.compare.comparison import Model
from core.concepts import tables
from core.config import BACKBONE_LAYERS
from core.errors import StoreError
from core.lab.answers import Answer, Figure, begin, from_run, quoted
from core.lab.questions import QUESTIONS, Case
from core.layers import IMAGENET_CLASSES, POOLED_CHANNELS
from core.store import FinishedRun
from core.transforms import TRANSFORMS, AugmentationConfig
from core.wording import words
from core.wording.augmentation import amount

FROM_TABLE = "Counted in the network itself, not measured by a run: no run of yours yet."
OUTPUTS_SHOWN = 3
SHOWN_OF_HASH = 16  # digits: enough to tell files apart, and short enough for a cell


def code_of(number: int, case: Case) -> str:
    """The piece of code that a question asks for, of the run that answers it."""
    return lab_pieces(case.coded(number), len(case.classes))[number]


def loading(case: Case, theme: str) -> Answer:
    """Question 5: load MobileNetV2 without its top."""
    size, run = case.coded(5).data.image_size, case.evidence.frozen
    top = (POOLED_CHANNELS + 1) * IMAGENET_CLASSES
    explanation = (
        f"`include_top=False` leaves out the last layer, which names ImageNet's {IMAGENET_CLASSES:,} classes "
        f"with {top:,} numbers. What remains, the convolutional base, takes pictures of any size from 32 px "
        "and ends in a small map of 1,280 channels."
    )
    if size in KERAS_SIZES:
        explanation += (
            f" At {size} px Keras downloads weights trained at that size; the runs here always use those "
            "trained at 224 px."
        )
    side = layers.output_shapes(size)[-1][0]
    facts = {
        "layers": f"{BACKBONE_LAYERS}",
        "parameters of the base": f"{layers.PARAMETERS:,}",
        "parameters of the top left out": f"{top:,}",
        "a picture goes in as": str((size, size, 3)),
        "and comes out as": str((side, side, POOLED_CHANNELS)),
    }
    findings = ()
    if run is not None:
        weights, changed = run.result.weights, run.result.phases[0].weight_change
        facts[f"weights of {case.called(run)}"] = f"ImageNet, from {weights.source}"
        facts["SHA-256 of their file begins"] = weights.sha256[:SHOWN_OF_HASH]
        findings = (
            f"{begin(case.called(run))} loaded these weights and compared them after training: "
            f"{len(changed)} of the {BACKBONE_LAYERS} layers hold numbers.",
        )
    origin = from_run(case, run) if run else FROM_TABLE
    return Answer(
        QUESTIONS[4],
        explanation,
        origin,
        findings,
        pd.DataFrame({"MobileNetV2 without top": facts}),
        code=code_of(5, case),
    )


def making_non_trainable(case: Case, theme: str) -> Answer:
    """Question 6: freeze the base."""
    explanation = (
        "One flag on the base reaches every layer inside it. Backpropagation then leaves their weights "
        "alone, and the frozen BatchNorm layers go on normalising by the means and variances they learned. "
        "Compile after setting it: a model keeps the flags it was compiled with."
    )
    settings, num_classes = case.coded(6), len(case.classes)
    frozen = layers.count_trainable(BACKBONE_LAYERS, settings.head, num_classes)
    thawed = layers.count_trainable(0, settings.head, num_classes)
    table = pd.DataFrame(
        {
            "base frozen": {
                "trainable variables": f"{frozen.variables}",
                "trainable parameters": f"{frozen.parameters:,}",
            },
            "nothing frozen": {
                "trainable variables": f"{thawed.variables}",
                "trainable parameters": f"{thawed.parameters:,}",
            },
        }
    )
    run, findings, figures = case.evidence.frozen, (), ()
    if run is not None:
        first = run.result.phases[0]
        moved = sum(change.trainable > 0 or change.statistics > 0 for change in first.weight_change)
        table[f"your {case.called(run)}, frozen"] = [
            f"{first.trainable_variables}",
            f"{first.trainable_parameters:,}",
        ]
        findings = (
            f"In {case.called(run)} {first.trainable_variables} variables, "
            f"{first.trainable_parameters:,} numbers, learned while the base was frozen; {moved} of "
            f"{len(first.weight_change)} layers of the base changed.",
        )
        said = f"Change of each layer's weights in {case.called(run)} while the base was frozen"
        figures = (Figure(weight_change_by_phase([first], theme), said),)
    return Answer(
        QUESTIONS[5],
        explanation,
        from_run(case, run) if run else FROM_TABLE,
        findings,
        table,
        figures,
        code=code_of(6, case),
    )


def defining_augmentation(case: Case, theme: str) -> Answer:
    """Question 7: the augmentation layers."""
    wanted, run = case.coded(7).augmentation, case.evidence.augmenting
    explanation = (
        "They are layers like any other, in front of the base. While training each draws anew for every "
        "image and every epoch; when validating or predicting they pass images as they are. "
    )
    explanation += _who_uses(case)
    origin = "The pictures are yours; no run of yours has trained with augmentation yet."
    if run is not None:
        same = "as" if wanted == case.settings.augmentation else "not as"
        origin = (
            f"The code is that of your run {case.names[run.run_key]}; its layers are {same} in the pictures, "
            "which are yours."
        )
    return Answer(
        QUESTIONS[6],
        explanation,
        origin,
        table=_transforms(wanted, case.coded(7).data.image_size),
        pictures=tuple(case.pictures()),
        code=code_of(7, case),
    )


def _who_uses(case: Case) -> str:
    """Whether a run, or training as it is set now, uses the transforms that are shown."""
    run, wanted, now = case.evidence.augmenting, case.coded(7).augmentation, case.recipe.augmentation
    training = f"training uses {'others' if now.active else 'none'} now"
    if run is not None:
        shown = f"These are the transforms of {case.called(run)}"
        return f"{shown}." if wanted == now else f"{shown}; {training}."
    if wanted == now:
        return "These are the transforms that training uses now."
    if now.active:
        return f"{begin(training)}."
    return f"{begin(training)}; these would leave the images of this data set what they are."


def _transforms(config: AugmentationConfig, image_size: int) -> pd.DataFrame:
    """What each layer may do to a picture."""
    on = {TRANSFORMS[name].layer: amount(name, value, image_size) for name, value in config.on.items()}
    if "RandomFlip" in on:
        on["RandomFlip"] += ", half the images"
    return pd.DataFrame({"what it may do to a picture": on or {"none": "every transform is off"}})


def adding_classifier(case: Case, theme: str) -> Answer:
    """Question 8: pooling, dropout, dense."""
    settings, num_classes = case.coded(8), len(case.classes)
    size, units = settings.data.image_size, layers.output_units(num_classes)
    side = layers.output_shapes(size)[-1][0]
    parameters = layers.head_parameters(settings.head, num_classes)[1]
    ends = (
        f"turns them into one number, the probability of class {quoted(case.classes[1])}"
        if units == 1
        else f"turns them into {units} probabilities, one a class, which add up to 1"
    )
    dropout = (
        f"`Dropout` switches off {settings.head.dropout:.0%} of them at random while training, so that the "
        "head relies on none alone. "
        if settings.head.dropout
        else ""
    )
    explanation = (
        f"`GlobalAveragePooling2D` averages each of the {POOLED_CHANNELS:,} channels over its "
        f"{side} × {side} places. {dropout}The last `Dense` layer {ends}. Only this new part, "
        f"{parameters:,} numbers, learns."
    )
    table = tables.batch_shapes(size, units, settings.batch_size)
    table = table.rename(columns={"shape": f"shape of a batch of {settings.batch_size}"})
    table["numbers that learn"] = ["0", "0, frozen", "0", f"{parameters:,}"]
    run = case.evidence.frozen
    findings = _outputs(case, run) if run is not None else ()
    return Answer(
        QUESTIONS[7],
        explanation,
        from_run(case, run) if run else FROM_TABLE,
        findings,
        table,
        code=code_of(8, case),
    )


def _outputs(case: Case, run: FinishedRun) -> tuple[str, ...]:
    """What a trained head said about a few images."""
    first = run.result.phases[0]
    learned = f"In {case.called(run)} the new classifier had {first.trainable_parameters:,} numbers to learn"
    try:
        outputs = case.probabilities(Model(run.run_key, first.name))
    except StoreError as problem:
        return (f"{learned}. {problem.happened}",)
    names = run.result.dataset.classes
    if outputs.ndim == 1:
        said = ", ".join(f"{p:.2f}" for p in outputs[:OUTPUTS_SHOWN])
        said = f"{said} for the first validation images: the probability of class {quoted(names[1])}"
    else:
        best = int(np.argmax(outputs[0]))
        said = (
            f"{words.percent(float(outputs[0, best]))} for class {quoted(names[best])}, the largest of the "
            f"{outputs.shape[1]} probabilities of the first validation image"
        )
    return (f"{learned}, and ended with {said}.",)
