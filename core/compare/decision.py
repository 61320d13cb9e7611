"""How a trained network's answers are to be used: its temperature, and the threshold of a class that must
not be missed. Both come from stored predictions on validation images; no test image has a part in it, and no
weight changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.alarm import Alarm
from core.compare.threshold import scores_of, threshold_for
from core.errors import ConfigError, StoreError, one_of
from core.results import RunResult
from core.running.receipt import Threshold
from core.statistics.temperature import Temperature, fit_temperature
from core.store import Store


@dataclass(frozen=True)
class Decision:
    """What belongs to a network when it leaves: an export, a receipt, a prediction.

    Attributes:
        temperature: What to divide its logits by; None where none could be fitted.
        alarm: The class that must not be missed; None where none was chosen.
        threshold: The probability of that class, as the network says it (at temperature 1), from which on it
            is an alarm.
    """

    temperature: Temperature | None
    alarm: Alarm | None
    threshold: float | None

    @property
    def told(self) -> Threshold | None:
        """The alarm with its threshold, as a receipt holds it; None where no class is one."""
        if self.alarm is None or self.threshold is None:
            return None
        return Threshold(self.alarm.class_name, self.alarm.find, self.threshold)


def decision_of(store: Store, result: RunResult, phase: str = "") -> Decision:
    """The decision on a finished run as it stands after a phase, its last unless named.

    Raises:
        StoreError: its arrays are missing or hold no such phase.
    """
    said, true = f"{phase or result.last.name}/validation", "labels/validation"
    arrays = store.arrays(result.run_key, (said, true))
    try:
        probabilities, labels = arrays[said], arrays[true]
    except KeyError as error:
        raise StoreError(f"Run {result.run_key} keeps no predictions of {phase}.") from error
    alarm = store.alarm(result.run_key)
    known = alarm if alarm is not None and alarm.class_name in result.dataset.classes else None
    threshold = threshold_of(known, probabilities, labels, result.dataset.classes) if known else None
    return Decision(fit_temperature(probabilities, labels), known, threshold)


def threshold_of(
    alarm: Alarm, probabilities: np.ndarray, labels: np.ndarray, classes: Sequence[str]
) -> float:
    """The highest threshold that finds as much of the class as the alarm asks for, on these images.

    Args:
        probabilities: float (n,) of the second class for two classes, else (n, classes).
        labels: int64 (n,); some of the class.
    """
    label = list(classes).index(alarm.class_name)
    return threshold_for(scores_of(probabilities, label), labels == label, alarm.find)


def alarm_for(class_name: str, find: float, classes: Sequence[str]) -> Alarm:
    """An alarm as it may be noted.

    Raises:
        ConfigError: there is no such class, or nothing or more than all of it is to be found.
    """
    if class_name not in classes:
        raise ConfigError(f"There is no class {class_name!r}.", one_of(classes), field="class")
    if not 0 < find <= 1:
        expected = "Expected a share above 0 and at most 1, such as 0.98 or 98%."
        raise ConfigError(f"--find is {find:g}.", expected, field="find")
    return Alarm(class_name, float(find))
