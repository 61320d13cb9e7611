"""How a network's answers on new pictures are to be used: calibrated by its temperature, and an alarm raised
from a threshold on. Both were decided on validation images (`core.compare.decision`); neither changes which
class is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.running.receipt import Threshold
from core.statistics.temperature import at_temperature
from core.wording import words


@dataclass(frozen=True)
class Decided:
    """What was decided of a network with these classes.

    Attributes:
        temperature: What its logits are divided by; None where none could be fitted.
        alarm: The class that must not be missed, with its threshold; None where none was noted.
    """

    classes: tuple[str, ...]
    temperature: float | None = None
    alarm: Threshold | None = None

    def calibrated(self, probabilities: np.ndarray) -> np.ndarray | None:
        """Probabilities that are as sure as they are right, float32 (n, classes); None without a temperature.

        Args:
            probabilities: As the network says them, float (n, classes), rows of sum 1.
        """
        if self.temperature is None:
            return None
        return at_temperature(probabilities, self.temperature).astype(np.float32)

    def raised(self, probabilities: np.ndarray) -> np.ndarray | None:
        """Which pictures raise the alarm, bool (n,); None where none was noted.

        Args:
            probabilities: As the network says them: the threshold is one of theirs.
        """
        if self.alarm is None:
            return None
        return probabilities[:, self.classes.index(self.alarm.class_name)] >= self.alarm.threshold

    def sentences(self) -> list[str]:
        """What to know of calibrated probabilities and alarms; nothing where there are neither."""
        found = []
        if self.temperature is not None:
            found.append(
                f"Calibrated: logits divided by {self.temperature:.3g}, the temperature fitted on validation "
                "images. The class that is named stays the same."
            )
        if self.alarm is not None:
            name, find = self.alarm.class_name, self.alarm.find
            found.append(
                f"{name} raises the alarm from {words.percent(self.alarm.threshold)} on, as the network says "
                f"it: that finds {find:.0%} of {name} among validation images."
            )
        return found


def alarm_count(decided: Decided, raised: np.ndarray, truths: Sequence[int | None]) -> str:
    """How many pictures raise the alarm and, of those whose class is known, how many of them rightly.

    Args:
        raised: bool (n,).
        truths: Position of each picture's class; None where it is not known.
    """
    if decided.alarm is None:
        return ""
    name, label = decided.alarm.class_name, decided.classes.index(decided.alarm.class_name)
    said = f"Alarm for {name}: {words.plural(int(raised.sum()), 'picture')} of {len(raised):,}."
    known = np.array([truth is not None for truth in truths])
    if not known.any():
        return said
    of_class = np.array([truth == label for truth in truths])
    found, others = int((raised & of_class).sum()), known & ~of_class
    return (
        f"{said} It finds {found:,} of {int(of_class.sum()):,} of {name}, with "
        f"{words.plural(int((raised & others).sum()), 'false alarm')} among {int(others.sum()):,} others."
    )
