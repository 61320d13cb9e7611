"""Which epoch a phase ends with, and when it stops early: the rules of Keras's `EarlyStopping` on validation
loss, from the losses alone. No TensorFlow.

So an attempt that goes on from a checkpoint decides as one that was never cut off.
"""

from collections.abc import Sequence

from core.results import EpochMetrics


def best_epoch(epochs: Sequence[EpochMetrics]) -> EpochMetrics:
    """The one with the lowest validation loss, the first of equals. Raises ValueError without any."""
    return min(epochs, key=lambda epoch: epoch.val_loss)


def is_over(epochs: Sequence[EpochMetrics], most: int, patience: int | None) -> bool:
    """Whether a phase of at most `most` epochs ends here: it has had them all, or the last `patience` of
    them did not lower the validation loss."""
    if len(epochs) >= most:
        return True
    if patience is None or not epochs:
        return False
    return epochs[-1].epoch - best_epoch(epochs).epoch >= patience
