"""What rules of thumb would have said of a curve before anything was trained, beside the measured order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core import layers
from core.compare.curve import Looked
from core.explain.probe_depths import depths
from core.statistics.kendall import Kendall, kendall
from core.statistics.withheld import Withheld
from core.wording import words

PROBE, LOGME, GUIDE = "linear probe by depth", "LogME by depth", "guide: what to freeze"
SAYS = {  # name -> by what it puts unfreeze points into an order
    PROBE: "accuracy of a linear layer on what stays frozen",
    LOGME: "log evidence of a linear model of what stays frozen (You and others 2021: there for whole "
    "networks, here for depths of one)",
    GUIDE: "nearness to the point that it advises for such a data set",
}


@dataclass(frozen=True)
class Rule:
    """One rule of thumb on one curve.

    Attributes:
        name: `PROBE`, `LOGME` or `GUIDE`.
        values: One an unfreeze point, in the curve's order: the higher, the better the rule thinks of it.
        agreement: Its order against the measured one.
    """

    name: str
    values: tuple[float, ...]
    agreement: Kendall | Withheld

    @property
    def favourite(self) -> int:
        """Position of the point it thinks most of."""
        return int(np.argmax(self.values))


def rules(looked: Looked, right: np.ndarray, evidence: np.ndarray, advised: int | None) -> list[Rule]:
    """The rules that can be asked.

    What stays frozen below an unfreeze point ends at a depth of the linear probes; from their order alone one
    would expect the points' order.

    Args:
        right: bool (20, n), `evidence`: float64 (20,), as `core.explain.probes` stores them.
        advised: The guide's unfreeze point; None where the data set was not placed on it.
    """
    accuracies, stops = looked.leaders.accuracies, [point.stop for point in looked.points]
    found = {PROBE: _below(stops, right.mean(axis=1)), LOGME: _below(stops, evidence)}
    if advised is not None:
        steps = layers.stops(tutorial=False)
        at = steps.index(layers.boundary(advised))
        found[GUIDE] = [-abs(steps.index(stop) - at) for stop in stops]
    measured = np.array(accuracies)
    return [
        Rule(name, tuple(map(float, values)), kendall(np.array(values, np.float64), measured))
        for name, values in found.items()
    ]


def _below(stops: Sequence[int], by_depth: np.ndarray) -> list[float]:
    """What was measured where the frozen part ends below each unfreeze point."""
    ends: Mapping[int, int] = {depth.layer + 1: place for place, depth in enumerate(depths())}
    return [float(by_depth[ends[stop]]) for stop in stops]


def rule_table(looked: Looked, found: Sequence[Rule]) -> pd.DataFrame:
    """A row a rule: Kendall's tau with its 95% interval, its first choice, and what that gets.

    Returns:
        Columns: rule, orders by, Kendall's tau, 95%, first choice, gets, told from the best.
    """
    rows = []
    for rule in found:
        place, agreement = rule.favourite, rule.agreement
        given = isinstance(agreement, Kendall)
        rows.append([
            rule.name, SAYS[rule.name], f"{agreement.tau:+.2f}" if given else "not given",
            f"{agreement.low:+.2f} to {agreement.high:+.2f}" if given else str(agreement.why),
            layers.stop_label(looked.points[place].stop), words.percent(looked.leaders.accuracies[place]),
            "no" if place in looked.leaders.together else "yes, lower",
        ])  # fmt: skip
    columns = [
        "rule",
        "orders by",
        "Kendall's tau",
        "95%",
        "first choice",
        "gets",
        "told from the best",
    ]
    return pd.DataFrame(rows, columns=columns)
