"""What whoever uses an exported model has to know, people and programs: labels, and how pixels go in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.compare.decision import Decision
from core.config import ExperimentConfig
from core.data.levels import Levels
from core.layers import output_units
from core.results import RunResult, to_plain
from core.running.receipt import Threshold


@dataclass(frozen=True)
class Usage:
    """How a model is used.

    Attributes:
        classes: Names in the order of the model's outputs. Two classes have one output: the probability of
            the second.
        image_size: Side in px of the square that a whole picture is squashed to.
        scaling: What the model makes of pixels 0..255 by itself.
        levels: Which samples of pictures of 16 bits a channel become black and white; None where nothing is
            known of such pictures, and the upper 8 bits are taken.
        temperature: What logits are divided by so that the network is as sure as it is right; None where none
            could be fitted.
        alarm: The class that must not be missed, and from which of its probabilities on it is one, as the
            model says it; None where none was chosen.
    """

    classes: tuple[str, ...]
    image_size: int
    scaling: str
    levels: Levels | None
    temperature: float | None = None
    alarm: Threshold | None = None

    @classmethod
    def of(cls, config: ExperimentConfig, result: RunResult, decided: Decision) -> "Usage":
        """Of a finished run, and what is decided by its answers."""
        found, fitted = result.dataset, decided.temperature
        return cls(
            found.classes, config.data.image_size, config.base.scaling, found.levels,
            None if fitted is None else fitted.value, decided.told,
        )  # fmt: skip

    def to_plain(self) -> dict[str, Any]:
        """`model.json`. What is not known is not in it."""
        size = self.image_size
        known = {
            "classes": list(self.classes),
            "input": {
                "shape": [1, size, size, 3],
                "dtype": "float32",
                "pixels": "RGB, 0 to 255; the model scales them itself",
                "resize": f"upright by EXIF, alpha over white, whole picture squashed to {size} x {size} px, "
                "Pillow's BILINEAR",
            },
            "output": "probability of the second class" if self.one_unit else "a probability a class, sum 1",
            "scaling": self.scaling,
            "levels": None if self.levels is None else list(self.levels),
            "temperature": self.temperature,
            "alarm": None if self.alarm is None else to_plain(self.alarm),
        }
        return {name: value for name, value in known.items() if value is not None}

    def sentences(self) -> list[str]:
        """How pixels go in and probabilities come out, for people."""
        size = self.image_size
        found = [
            f"In: one picture, float32 (1, {size}, {size}, 3), red, green, blue from 0 to 255. It is turned "
            "upright as its EXIF says, laid over white where it is transparent, and squashed whole to "
            f"{size} x {size} px (Pillow's BILINEAR); nothing is cut off. The model scales pixels to "
            f"{self.scaling.replace('..', ' to ')} itself.",
        ]
        if self.levels is not None:
            low, high = self.levels
            found.append(f"Of pictures of 16 bits a channel {low:,} becomes black and {high:,} white.")
        if self.one_unit:
            first, second = self.classes
            found.append(f"Out: one number, the probability of {second}; one less it is that of {first}.")
        else:
            found.append("Out: a probability for each line of labels.txt, in its order; their sum is 1.")
        if self.temperature is not None:
            found.append(
                f"Temperature {self.temperature:.3g}, fitted on validation images: logits divided by it give "
                "probabilities that are as sure as they are right. The class that is named stays the same."
            )
        if self.alarm is not None:
            found.append(
                f"{self.alarm.class_name} must not be missed: take it for one from a probability of "
                f"{self.alarm.threshold:.3g} on. That finds {self.alarm.find:.0%} of it among the validation "
                "images, and what it takes for one by mistake is in their confusion matrix."
            )
        return found

    @property
    def one_unit(self) -> bool:
        """Whether the model has one output."""
        return output_units(len(self.classes)) == 1


def labels(classes: Sequence[str]) -> str:
    """`labels.txt`: a name a line, in the order of the model's outputs."""
    return "".join(f"{name}\n" for name in classes)
