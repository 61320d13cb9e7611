"""What is said of rates that ruin and of training too long."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

from core.concepts import harm
from core.statistics.verdict import Verdict
from tests.claims import Facts, Told, facts_of, facts_of_pair
from tests.sayings.grid import pair, saying
from tests.worlds import OUTCOMES, world


@saying
def rates() -> Iterator[Told]:
    found = world("thawed").result
    before, tuned = found.phases
    for first, last in itertools.product(OUTCOMES, repeat=2):
        verdicts = [pair(first), pair(last)]
        tried = [(rate, tuned, verdict) for rate, verdict in zip((1e-4, 1e-1), verdicts, strict=True)]
        told = harm.rate_notes(before, tried)
        worse = [verdict.verdict == Verdict.WORSE for verdict in verdicts]
        assert ("did worse" in " ".join(told)) == any(worse)
        if any(worse):
            assert f"is {'1e‑4' if worse[0] else '0.1'}:" in told[1]
        facts = facts_of(found) + Facts(shares=[1e-6, harm.half_moved(tuned) / 100])
        for verdict in verdicts:
            facts = facts + facts_of_pair(verdict)
        yield Told("rate_notes", told, facts + Facts(counts=[0.1, 0.0001]), True, verdicts)


@saying
def too_long() -> Iterator[Told]:
    found = world("thawed").result
    last = found.last
    for losses in ([0.5, 0.4, 0.9], [0.9, 0.5, 0.4]):
        epochs = tuple(
            replace(epoch, val_loss=loss) for epoch, loss in zip(last.epochs, losses, strict=False)
        )
        long = replace(found, phases=(found.phases[0], replace(last, epochs=epochs)))
        told = harm.long_notes(long)
        assert ("surer of its mistakes" in told[1]) == (losses[-1] > min(losses))
        yield Told("long_notes", told, facts_of(long) + Facts(counts=[*losses, len(epochs)]), True)
