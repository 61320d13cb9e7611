"""What is said of converted models, and of a run on a second labelled set."""

import itertools
from collections.abc import Iterator

import numpy as np

from core.export import conversion
from core.method.evaluation import evaluate
from core.predict.labelled import beside_validation, learned_note
from core.results import to_plain
from core.statistics.paired import wilson_interval
from core.statistics.shares import difference_interval
from tests.claims import Facts, Told, facts_of_pair
from tests.sayings.grid import pair, saying
from tests.worlds import OUTCOMES


@saying
def converted_models() -> Iterator[Told]:
    for changed, largest in itertools.product((0, 1, 12), (0.0, 3e-7, 0.000138, 0.25)):
        record = {"images": 500, "largest_difference": largest, "changed": changed, "bytes": 1}
        told = conversion.agreement(record)
        assert ("not one predicted class differs" in told) == (changed == 0)
        yield Told("agreement", [told], Facts(counts=[500, changed, largest, 0, 255, 32]))
    for outcome in OUTCOMES:
        verdict = pair(outcome)
        accuracies = {}
        for name, correct in (("original", 400), ("quantised", 400 + verdict.fixed - verdict.broke)):
            interval = list(wilson_interval(correct, verdict.n))
            accuracies[name] = {"correct": correct, "accuracy": correct / verdict.n, "interval": interval}
        record = {"images": verdict.n, "paired": to_plain(verdict), **accuracies}
        shares = [share for one in accuracies.values() for share in (one["accuracy"], *one["interval"])]
        facts = facts_of_pair(verdict) + Facts(shares, [one["correct"] for one in accuracies.values()] + [8])
        yield Told("quantised", [conversion.quantised(record)], facts, paired=[verdict])


def _checked(right: int, n: int):
    labels = np.arange(n) % 2
    said = np.where(np.arange(n) < right, labels, 1 - labels)
    return evaluate(np.eye(2, dtype=np.float32)[said], labels, 2)


@saying
def a_second_labelled_set() -> Iterator[Told]:
    for (right, n), (own_right, own_n) in itertools.product(
        ((50, 100), (95, 100), (3, 4)), ((180, 200), (9, 20))
    ):
        second, own = _checked(right, n), _checked(own_right, own_n)
        low, high = difference_interval((right, n), (own_right, own_n))
        told = beside_validation(second, own)
        assert ("It does worse" in told) == (high < 0)
        assert ("It does better" in told) == (low > 0)
        assert ("cannot tell" in told) == (low <= 0 <= high)
        shares = [second.accuracy, *second.interval, own.accuracy, *own.interval]
        yield Told(
            "beside_validation", [told], Facts(shares, [right, n, own_n], points=[100 * low, 100 * high])
        )
    for learned, n in ((0, 9), (1, 1), (7, 2000)):
        told = learned_note(learned, n)
        assert bool(told) == bool(learned)
        yield Told("learned_note", [told], Facts(counts=[learned, n]))
