"""Where a phase stood after its last epoch, so that a stop or a kill does not cost what was learned.

    <home>/runs/<run_key>/checkpoint.npz    weights, BatchNorm statistics, the optimizer's slots and step
                                            count, the state of dropout's random numbers, the epochs so far,
                                            and where the best epoch is kept, its weights

A phase that goes on from here gives, bit for bit, the numbers it would have given without the break: the
order of images and their augmentation depend on seed and epoch alone, and everything else is in the file.
Imports TensorFlow.
"""

import json
import time

import numpy as np

from core import damage
from core.choosing import best_epoch
from core.errors import StoreError
from core.files import remove, replacing
from core.log import Listener
from core.method import training
from core.results import EpochMetrics, epoch_from_plain, to_plain
from core.store import Store

WRITING_SHARE = 20  # at most one part in so many of the time goes into writing checkpoints


class Best:
    """The weights that a network had after its best epoch so far (`core.choosing`).

    Attributes:
        values: Of the layers that learn, BatchNorm's statistics among them; none before the first epoch.
    """

    def __init__(self, trainer: training.Trainer):
        network = trainer.network
        tail = [weight for layer in network.base.layers[network.unfreeze_from :] for weight in layer.weights]
        self._variables = [*tail, *network.head.weights]
        self.values: list[np.ndarray] = []

    @property
    def size(self) -> int:
        """How many arrays `values` has once an epoch is noted."""
        return len(self._variables)

    def note(self, epochs: list[EpochMetrics]) -> None:
        """Keep the network's weights as they are, if the last epoch is the best."""
        if best_epoch(epochs) is epochs[-1]:
            self.values = [variable.numpy() for variable in self._variables]

    def restore(self) -> None:
        """Give the network the weights of its best epoch, as `EarlyStopping` restores them."""
        for variable, value in zip(self._variables, self.values, strict=True):
            variable.assign(value)


class Checkpoint:
    """The checkpoint of one run. A run trains one phase; an earlier phase is a run of its own.

    Attributes:
        restored: Epochs that an earlier attempt had finished, once `restore` has found them.
    """

    def __init__(self, store: Store, run_key: str):
        self._home, self._path = store.home, store.path(run_key) / "checkpoint.npz"
        self._not_before = 0.0  # time.monotonic() before which the next one would cost too much
        self._kept = 0  # epochs in the file
        self.restored = 0

    def restore(self, trainer: training.Trainer, best: Best | None = None) -> list[EpochMetrics]:
        """Put network, optimizer and `best` where the file left them, and give the epochs that led there.

        Without a file, or with one that is broken or of another network, nothing is touched and the list is
        empty: the phase begins anew.
        """
        variables = _variables(trainer)
        kept = damage.load_npz(self._path, self._home) or {}
        try:
            epochs = [epoch_from_plain(plain) for plain in json.loads(kept["epochs"].tobytes())]
            values = [kept[str(index)] for index in range(len(variables))]
            of_best = [kept[f"best/{index}"] for index in range(best.size)] if best else []
        except (TypeError, KeyError, ValueError):  # none, or of another network
            return []
        if any(
            value.shape != tuple(variable.shape) for value, variable in zip(values, variables, strict=True)
        ):
            return []
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        if best is not None:
            best.values = of_best
        self._kept = self.restored = len(epochs)
        return epochs

    def keep(
        self,
        trainer: training.Trainer,
        epochs: list[EpochMetrics],
        best: Best | None = None,
        *,
        always: bool = False,
    ) -> None:
        """Write the state after the last of `epochs`, unless it is, or the one before took too long for that.

        Args:
            always: However long it takes.

        Raises:
            StoreError: it cannot be written.
        """
        begin = time.monotonic()
        if len(epochs) == self._kept or (begin < self._not_before and not always):
            return
        arrays = {str(index): variable.numpy() for index, variable in enumerate(_variables(trainer))}
        if best is not None:
            arrays |= {f"best/{index}": value for index, value in enumerate(best.values)}
        said = json.dumps([to_plain(epoch) for epoch in epochs]).encode()
        with replacing(self._path) as aside:
            np.savez(aside, epochs=np.frombuffer(said, np.uint8), **arrays)
        self._kept, now = len(epochs), time.monotonic()
        self._not_before = now + WRITING_SHARE * (now - begin)

    def discard(self) -> None:
        """Remove the file: the run is finished and has its weights elsewhere."""
        remove(self._path)


def keep_or_note(
    checkpoint: Checkpoint,
    trainer: training.Trainer,
    epochs: list[EpochMetrics],
    log: Listener,
    best: Best | None = None,
) -> None:
    """`keep`; where that fails the run goes on, and a person is told what it means."""
    try:
        checkpoint.keep(trainer, epochs, best)
    except StoreError as problem:
        log.note(f"Finished epochs are not kept on disk, so a stop starts this phase anew. {problem}")


def _variables(trainer: training.Trainer) -> list:
    """Everything that training changes, always in the same order."""
    network = trainer.network
    tail = [
        variable for layer in network.base.layers[network.unfreeze_from :] for variable in layer.variables
    ]
    return [*tail, *network.head.variables, *trainer.optimizer.variables]
