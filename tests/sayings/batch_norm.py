"""What is said of BatchNorm's stored statistics and a person's images."""

from collections.abc import Iterator

import numpy as np

from core.concepts import batch_statistics
from core.concepts.batch_statistics import Statistics
from tests.claims import Facts, Told, facts_of_pair
from tests.sayings.grid import pair, saying
from tests.worlds import OUTCOMES


@saying
def stored_statistics() -> Iterator[Told]:
    for far in (0.0, 0.4, 12.0):
        mean = np.array([[0.0, far], [0.0, far]])
        found = Statistics(
            ("bn_a", "bn_b"), (2, 120), np.array([0, 1, 2]), mean, np.ones_like(mean),
            np.zeros(2), np.ones(2), 0.0, 16,
        )  # fmt: skip
        for outcome in OUTCOMES:
            verdict = pair(outcome)
            told = batch_statistics.notes(found, 116, (0.8, 0.7), verdict)
            assert f"{far:.2f} stored spreads" in told[0]
            facts = facts_of_pair(verdict) + Facts(shares=[0.8, 0.7], counts=[far, 1.0, 16])
            yield Told("notes", told, facts, True, [verdict])
        yield Told("notes", batch_statistics.notes(found, 154), Facts(), True)
