"""What is said of one run, of two, and of verdicts."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

from core.config import with_setting
from core.statistics.gain import paired_gain
from core.statistics.means import mean_interval
from core.statistics.paired import PairedVerdict
from core.statistics.verdict import Verdict
from core.wording import choosing, published, run_notes, verdicts, words
from core.wording.published import PUBLISHED
from tests.claims import Facts, Told, facts_of, facts_of_pair
from tests.sayings.grid import every_world, pair, saying
from tests.worlds import CURVES, KINDS, OUTCOMES, world


@saying
def a_run() -> Iterator[Told]:
    for found in every_world():
        told = [*run_notes.run_notes(found.result), run_notes.learned_nothing(found.result)]
        facts = facts_of(found.result)
        yield Told("run_notes", told, facts, found.thaws, result=found.result)
        facts = facts + Facts(counts=[found.result.last.unfreeze_from])
        yield Told("words.path", [words.path(found.result)], facts, result=found.result)
        times = [words.time_of(found.result, phase) for phase in found.result.phases]
        yield Told("words.time_of", times, facts_of(found.result), result=found.result)


@saying
def a_run_whose_end_validation_chose() -> Iterator[Told]:
    for kind in ("thawed", "kept", "kept last", "stopped"):
        found = world(kind)
        facts, phases = facts_of(found.result), found.result.phases
        endings = [choosing.ending(phase) for phase in phases]
        note = choosing.choice_note(phases)
        assert all(bool(said) == (kind != "thawed") for said in (*endings, note))
        assert ("the epoch to keep" in note) == kind.startswith("kept")
        for phase, said in zip(phases, endings, strict=True):
            assert (f"keeps epoch {phase.kept_epoch}" in said) == kind.startswith("kept")
            assert (f"stopped after epoch {phase.epochs[-1].epoch}" in said) == (kind in ("kept", "stopped"))
        yield Told("choosing", [*filter(None, endings), *filter(None, [note])], facts, result=found.result)


@saying
def a_run_that_learned_nothing() -> Iterator[Told]:
    for kind in ("thawed", "frozen"):
        found = world(kind)
        phases = [CURVES["chance"](phase) for phase in found.result.phases]
        chance = replace(found.result, phases=tuple(phases))
        told = run_notes.learned_nothing(chance)
        assert told
        yield Told("learned_nothing", [told], facts_of(chance), found.thaws)


@saying
def validation_above_training() -> Iterator[Told]:
    kinds = ("thawed", "frozen", "augmented", "batch", "scratch")
    for kind, dropout, above in itertools.product(kinds, (0.0, 0.2), (True, False)):
        found = world(kind)
        last = replace(found.result.last.epochs[-1], accuracy=0.8, val_accuracy=0.9 if above else 0.7)
        config = with_setting(KINDS[kind], "head.dropout", dropout)
        thawed = kind != "frozen"
        told = run_notes.validation_above(config, [*found.result.last.epochs[:-1], last], thawed)
        assert bool(told) == above
        assert ("dropout" in told) == (above and dropout > 0)
        assert ("augmented" in told) == (above and kind == "augmented")
        assert ("BatchNorm" in told) == (above and config.batch_norm == "batch")
        if told:
            yield Told("validation_above", [told], Facts(shares=[0.8, 0.9]), found.thaws)


@saying
def both_modes() -> Iterator[Told]:
    for outcome in OUTCOMES:
        kept, batch = world("thawed"), world("batch", outcome, number=2)
        verdict = pair(outcome)
        facts = facts_of(kept.result, batch.result) + facts_of_pair(verdict)
        before = kept.result.phases[0].validation.accuracy
        facts.points += [
            round(100 * found.result.last.validation.accuracy, 1) - round(100 * before, 1)
            for found in (kept, batch)
        ]
        told = run_notes.batch_norm_notes(kept.result, batch.result, verdict)
        yield Told("batch_norm_notes", told, facts, True, [verdict])
        once = [replace(found.result, phases=found.result.phases[1:]) for found in (kept, batch)]
        assert not any("Before fine-tuning" in text for text in run_notes.batch_norm_notes(*once, verdict))


@saying
def against_scratch() -> Iterator[Told]:
    slow = world("scratch")
    last = slow.result.last
    rising = [replace(epoch, val_accuracy=0.3 + 0.04 * epoch.epoch) for epoch in last.epochs]
    falling = [replace(epoch, val_accuracy=0.95 - 0.02 * epoch.epoch) for epoch in last.epochs]
    low = [replace(epoch, val_accuracy=0.2) for epoch in last.epochs]
    for kind, epochs, seconds in itertools.product(
        ("thawed", "whole", "frozen", "at once", "head only"), (rising, falling, low), (3.0, 240.0)
    ):
        transfer = world(kind).result
        phase = replace(last, epochs=tuple(epochs), seconds_from_nothing=seconds)
        scratch = replace(slow.result, phases=(phase,))
        told = run_notes.scratch_notes(transfer, scratch)
        end, values = transfer.phases[0].validation.accuracy, [epoch.val_accuracy for epoch in epochs]
        passes = next((at for at, value in enumerate(values, 1) if value > end), None)
        assert ("never passes" in told[1]) == (passes is None)
        assert passes is None or f"epoch {passes} of {len(values)}" in told[1]
        assert ("ends above" in told[1]) == (passes is not None and values[-1] > end)
        assert ("can be computed once" in told[2]) == (
            seconds == 240
            and transfer.last.path == "features"
            or (seconds == 240 and transfer.phases[0].path == "features")
        )
        yield Told("scratch_notes", told, facts_of(transfer, scratch))


@saying
def in_verdicts() -> Iterator[Told]:
    one_sided = PairedVerdict(192, 3, 0, 0.25, Verdict.CANNOT_TELL)
    hopeless = PairedVerdict(9_000, 4001, 4000, 1.0, Verdict.CANNOT_TELL)
    for verdict in (*map(pair, OUTCOMES), one_sided, hopeless):
        facts = facts_of_pair(verdict)
        gain = paired_gain(verdict)
        facts.points += [100 * gain.low, 100 * gain.high]
        yield Told(
            "paired_sentence",
            [verdicts.paired_sentence(verdict), verdicts.counts(verdict, "test"), verdicts.gain_words(gain)],
            facts, paired=[verdict],
        )  # fmt: skip
        for point in (0, 100, 116, 154):
            thaws = point < 154
            told = [
                verdicts.control_sentence(verdict, point),
                verdicts.against_control(point),
                verdicts.together(point),
            ]
            yield Told("control_sentence", told, facts + Facts(counts=[point]), thaws, [verdict])
        decided = verdicts.decision(verdict)
        assert decided.startswith(verdicts.VERDICTS[verdict.verdict])
        needed = verdicts.images_needed(verdict)
        shown = Facts(counts=[verdict.n, *([verdicts._two_digits(needed)] if needed else [])])
        yield Told("decision", [decided], shown, paired=[verdict])
        for guess in (*Verdict, None):
            told = verdicts.guess_answer(guess, verdict)
            right = guess == verdict.verdict
            assert not guess or ("right" in told) == right
            yield Told("guess_answer", [told], Facts(counts=[verdict.n]))


@saying
def over_seeds() -> Iterator[Told]:
    for values in ([0.02, 0.03, 0.025], [-0.02, -0.03, -0.025], [0.02, -0.03, 0.01], [0.0, 0.0], [0.03]):
        mean = mean_interval(values)
        facts = Facts(counts=[len(values), 0], points=[100 * mean.mean, 100 * mean.low, 100 * mean.high])
        better, worse = mean.low > 0, mean.high < 0
        told = verdicts.seeds_sentence("A", "B", mean)
        assert ("better" in told, "worse" in told) == (better, worse)
        helped = verdicts.augmentation_sentence(mean)
        assert ("helps" in helped, "hurts" in helped) == (better, worse)
        yield Told("seeds_sentence", [told, helped], facts)
        yield Told("one_seed", [verdicts._one_seed("gain")], Facts())


@saying
def beside_the_published() -> Iterator[Told]:
    for entry in PUBLISHED.values():
        for shift in (-0.5, 0.0, 0.5):
            rows = []
            for wanted in entry.expected:
                value = min(max(wanted.low, 0.0), 0.9) + shift
                rows.append(published.Row(wanted, value, published.agreement(wanted, value)))
                facts = Facts([wanted.low, wanted.high], [wanted.low, wanted.high])
                yield Told("spread", [published.spread(wanted)], facts)
            for shown in (rows, rows[:1], []):
                within = sum(row.agreement == published.Agreement.WITHIN for row in shown)
                values = [row.value for row in shown]
                digits = ["".join(c for c in row.expected.printed if c in "0123456789.") for row in shown]
                printed = [float(said) for said in digits if said]
                facts = Facts(
                    [*values, *(value / 100 for value in printed)],
                    [*values, *printed, len(shown), within, len(shown) - within - published.TOLD],
                )
                for row in shown:
                    wanted = row.expected
                    assert (row.value > wanted.high, row.value < wanted.low) == (
                        row.agreement == "above", row.agreement == "below"
                    )  # fmt: skip
                yield Told("published.sentence", [published.sentence(shown)], facts)
