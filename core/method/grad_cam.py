"""Which places of a picture speak for a class: Grad-CAM in closed form. NumPy only, no TensorFlow.

Between the last convolution's output (`out_relu`) and the answer stand a mean over all places and dense
layers, so the gradient that Grad-CAM asks for can be written down; nothing has to be differentiated.

Usual use, for a picture through a run as it stood after a phase (`study` is `pages.ui.study`):

    lens = study.lens(Study("lenses", run.config, maps_options(run.config, run_key, phase)))
    seen = lens.look(pixels[None], ("out_relu", "pooled"))     # pixels: uint8 (s, s, 3), s = lens.image_size
    head = Head.of_run(store, run_key, phase)
    probabilities = head.probabilities(seen["pooled"])[0]
    evidence = grad_cam(seen["out_relu"][0], head, int(probabilities.argmax()))
"""

from dataclasses import dataclass

import numpy as np

from core.errors import StoreError
from core.store import Store


@dataclass(frozen=True, eq=False)
class Head:
    """The dense layers that turn pooled features into an answer, as a run trained them.

    Hidden layers have a ReLU; the last one is a softmax over classes, or one sigmoid unit for two classes.
    Dropout does nothing to a trained network and is left out.

    Attributes:
        kernels: float32 (inputs, units) each, from the pooled features on.
        biases: float32 (units,) each.
    """

    kernels: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]

    @classmethod
    def of_run(cls, store: Store, run_key: str, phase: str) -> "Head":
        """The head as it stood after a phase, a name of `results.PHASES`.

        Raises:
            StoreError: the run's arrays are missing, broken, or hold no such phase.
        """
        return cls.of_arrays(store.arrays(run_key), phase)

    @classmethod
    def of_arrays(cls, arrays: dict[str, np.ndarray], phase: str) -> "Head":
        """The same from a run's stored arrays: kernel and bias by turns, `<phase>/head/0`, `.../1` and on.

        Raises:
            StoreError: there is no such phase.
        """
        prefix = f"{phase}/head/"
        count = sum(name.startswith(prefix) for name in arrays)
        if count == 0:
            raise StoreError(
                f"The stored run keeps no head of {phase}.",
                "Expected a phase the run has trained.",
                "Choose another phase, or delete the run and train it again.",
            )
        weights = [arrays[f"{prefix}{index}"] for index in range(count)]
        return cls(tuple(weights[::2]), tuple(weights[1::2]))

    @property
    def classes(self) -> int:
        """How many classes it tells apart."""
        return max(2, self.kernels[-1].shape[1])

    @property
    def _one_unit(self) -> bool:
        return self.kernels[-1].shape[1] == 1

    def scores(self, pooled: np.ndarray) -> np.ndarray:
        """What stands before the softmax or sigmoid: float32 (n, classes), from pooled features (n, 1280).

        For one sigmoid unit the second class's score is the unit's input and the first's its negative.
        """
        scores = self._activations(pooled)[-1] @ self.kernels[-1] + self.biases[-1]
        return np.concatenate([-scores, scores], axis=1) if self._one_unit else scores

    def probabilities(self, pooled: np.ndarray) -> np.ndarray:
        """float32 (n, classes), rows of sum 1, from pooled features, float32 (n, 1280)."""
        scores = self.scores(pooled)
        if self._one_unit:
            scores = scores / 2  # the sigmoid of z is the softmax of (-z/2, z/2)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def gradient(self, pooled: np.ndarray, class_index: int) -> np.ndarray:
        """How one class's score changes with each pooled feature: float32 (1280,).

        Args:
            pooled: float32 (1280,), where the gradient is taken; it matters only where layers are hidden.
        """
        hidden = self._activations(pooled)[1:]
        last = self.kernels[-1]
        slope = last[:, 0] * (1 if class_index else -1) if self._one_unit else last[:, class_index]
        for kernel, values in zip(reversed(self.kernels[:-1]), reversed(hidden), strict=True):
            slope = kernel @ (slope * (values > 0))
        return slope

    def _activations(self, pooled: np.ndarray) -> list[np.ndarray]:
        """The pooled features and what each hidden layer makes of them."""
        found = [pooled]
        for kernel, bias in zip(self.kernels[:-1], self.biases[:-1], strict=True):
            found.append(np.maximum(found[-1] @ kernel + bias, 0))
        return found


def grad_cam(maps: np.ndarray, head: Head, class_index: int) -> np.ndarray:
    """The places that speak for a class, after Grad-CAM (Selvaraju et al., ICCV 2017, equations 1 and 2).

    A channel's weight is the mean over places of the gradient of the class's score (before the softmax or
    sigmoid), here the gradient by its pooled feature divided by the number of places. With no hidden layer
    this is CAM (Zhou et al., CVPR 2016) with what speaks against the class cut off.

    Args:
        maps: float32 (h, w, 1280), what `out_relu`, the last convolution's ReLU, gives for one picture.
        class_index: 0 to `head.classes` - 1.

    Returns:
        float32 (h, w), from 0 to a maximum of 1; all 0 where no place speaks for the class.

    Raises:
        ValueError: there is no such class.
    """
    if not 0 <= class_index < head.classes:
        raise ValueError(f"Expected a class from 0 to {head.classes - 1}. Received {class_index}.")
    places = maps.shape[0] * maps.shape[1]
    weights = head.gradient(maps.mean(axis=(0, 1)), class_index) / places
    evidence = np.maximum(maps @ weights, 0)
    top = evidence.max()
    return evidence / top if top > 0 else np.zeros_like(evidence)


def place_words(evidence: np.ndarray) -> str:
    """Where the strongest place lies: `in the upper left`, `in the middle`, `on the right`; empty where
    nothing speaks for the class or there is only one place.

    Args:
        evidence: float (h, w), as `grad_cam` gives it.
    """
    if evidence.size < 2 or not evidence.max() > 0:
        return ""
    row, column = np.unravel_index(int(evidence.argmax()), evidence.shape)
    return _PLACES[_third(int(row), evidence.shape[0])][_third(int(column), evidence.shape[1])]


_PLACES = (
    ("in the upper left", "at the top", "in the upper right"),
    ("on the left", "in the middle", "on the right"),
    ("in the lower left", "at the bottom", "in the lower right"),
)


def _third(index: int, count: int) -> int:
    """0, 1 or 2: in which third the middle of one of `count` equal parts lies."""
    return int(3 * (index + 0.5) / count)


def limits_note(places: tuple[int, int]) -> str:
    """What such a picture can say and what it cannot, for a map of so many places."""
    if places == (1, 1):
        return (
            "At this image size the last map is a single place: it cannot tell where anything is. "
            "A larger image size gives more."
        )
    return (
        f"Each square is one of the {places[0]} × {places[1]} places of the last map, and has seen far more "
        "of the picture than it covers: Grad-CAM shows where the evidence lies, not why it counts."
    )
