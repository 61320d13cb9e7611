"""Learning rates that were measured to wreck pretrained weights. No TensorFlow.

Two trainings at seed 42 that anyone can repeat, five epochs of fine-tuning each:

    python -m core run digits-quick --set fine_tuning.optimizer=adam --set fine_tuning.learning_rate=1e-3

with the other optimizers, rates and BatchNorm modes (`--set batch_norm=batch`) of the table below.
"""

from core import layers
from core.config import BACKBONE_LAYERS, ExperimentConfig
from core.optimizers import OPTIMIZERS
from core.wording import words

FALL = 0.05  # of accuracy: a smaller loss is not worth a warning
FROZEN = 0.860  # validation accuracy on 500 digits before fine-tuning from block 13
RATES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
# Validation accuracy after fine-tuning, by optimizer and BatchNorm mode, in the order of `RATES`
AFTER = {
    ("adam", "inference"): (0.896, 0.916, 0.882, 0.878, 0.100, 0.100, 0.100),
    ("adam", "batch"): (0.838, 0.832, 0.796, 0.464, 0.444, 0.250, 0.100),
    ("rmsprop", "inference"): (0.890, 0.904, 0.768, 0.100, 0.100, 0.100, 0.100),
    ("rmsprop", "batch"): (0.836, 0.838, 0.792, 0.646, 0.396, 0.100, 0.100),
    ("sgd", "inference"): (0.872, 0.860, 0.870, 0.880, 0.720, 0.100, 0.100),
    ("sgd", "batch"): (0.844, 0.850, 0.858, 0.854, 0.738, 0.710, 0.640),
}


def measured(optimizer: str, batch_norm: str, learning_rate: float) -> tuple[float, float] | None:
    """(rate, accuracy after it): the highest measured rate up to this one.

    None below all of them, and for an optimizer that was not measured.
    """
    below = [rate for rate in RATES if rate <= learning_rate]
    if not below or (optimizer, batch_norm) not in AFTER:
        return None
    return below[-1], AFTER[optimizer, batch_norm][len(below) - 1]


def warning(config: ExperimentConfig) -> str:
    """Why this rate of fine-tuning is known to harm pretrained weights; empty where it is not.

    Nothing is said where no pretrained weight would learn.
    """
    tuning = config.fine_tuning
    harmless = tuning.unfreeze_from == BACKBONE_LAYERS or config.base.weights == "random"
    if not tuning.epochs or harmless:
        return ""
    found = measured(tuning.optimizer, config.batch_norm, tuning.learning_rate)
    if found is None or FROZEN - found[1] < FALL:
        return ""
    rate, after = found
    mode = "statistics kept" if config.batch_norm == "inference" else "each batch's statistics"
    return (
        f"{words.rate(tuning.learning_rate)} is a rate for new layers. Measured on digits from "
        f"{layers.stop_label(116)} ({OPTIMIZERS[tuning.optimizer]}, {mode}): five epochs at "
        f"{words.rate(rate)} took validation accuracy from {words.percent(FROZEN)} to {words.percent(after)}."
    )
