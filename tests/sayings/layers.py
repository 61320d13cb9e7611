"""What is said of layers, weights and rates."""

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd

from core import layers
from core.charts import thaw_bar
from core.concepts import activations, rate_facts, tables
from core.concepts.frozen_or_trainable import comparison
from core.concepts.layer_notes import batch_norm_sentences, layer_notes
from core.concepts.weight_change import change_frame, change_notes, frozen_badge
from core.config import with_setting
from core.presets import digits_quick
from core.wording import run_notes, words
from tests.claims import Facts, Told, facts_of
from tests.sayings.grid import saying
from tests.worlds import KINDS, world


@saying
def what_moved() -> Iterator[Told]:
    for found in map(world, KINDS):
        for phase in found.result.phases:
            facts = facts_of(found.result)
            frame = change_frame(phase)
            learning = frame[~frame["frozen"] & (frame["part"] != "BatchNorm mean and variance")]["change"]
            facts.shares += [float(learning.median()), float(learning.max())] if len(learning) else []
            thawed = [
                row for row in phase.weight_change
                if row.layer >= phase.unfreeze_from
                and layers.layer_table()[row.layer].kind == "BatchNormalization"
            ]  # fmt: skip
            facts.counts += [len(thawed), *_frozen_with_numbers(phase)]
            notes = change_notes(phase, found.result.batch_norm)
            yield Told("change_notes", notes, facts)
            half = float(learning.median()) if len(learning) else 0.0
            assert not any("is a nudge" in note for note in notes) or half < 0.1
            assert any("bit for bit" in note for note in notes) == (phase.unfreeze_from > 0)
            holds, said = frozen_badge(phase)
            assert holds
            yield Told("frozen_badge", [said], facts)
    broken = world().result.last
    row = replace(broken.weight_change[0], trainable=0.5)
    holds, said = frozen_badge(replace(broken, weight_change=(row, *broken.weight_change[1:])))
    assert not holds
    yield Told("frozen_badge", [said], Facts(counts=[1]))
    wrong = replace(broken, weight_change=(row, *broken.weight_change[1:]))
    told = run_notes.run_notes(replace(world().result, phases=(world().result.phases[0], wrong)))
    assert not any("did not change" in note for note in told)


def _frozen_with_numbers(phase) -> list[int]:
    return [sum(row.layer < phase.unfreeze_from for row in phase.weight_change)]


@saying
def frozen_beside_trainable() -> Iterator[Told]:
    dataset = SimpleNamespace(classes=tuple("0123456789"))
    elsewhere = with_setting(digits_quick(), "fine_tuning.unfreeze_from", 54)  # the slider is not the run
    for point in (0, 54, 116, 143, 151, 154):
        config = with_setting(digits_quick(), "fine_tuning.unfreeze_from", point)
        learning = layers.count_trainable(point, config.head, 10).parameters
        kept = layers.count_trainable(0, config.head, 10).parameters - learning
        facts = Facts(counts=[point, 154 - point, learning, kept, 300, 30, 10, 32, 3])
        yield Told("comparison", _cells(comparison(config, dataset, 300, None, "")), facts)
    for found in map(world, KINDS):
        result = found.result
        if result.last.name == "from_scratch":
            continue
        last = result.last
        facts = facts_of(result)
        kept = (
            layers.count_trainable(0, elsewhere.head, 10).parameters
            - layers.count_trainable(last.unfreeze_from, elsewhere.head, 10).parameters
        )
        spread = [row.trainable for row in last.weight_change if row.layer >= last.unfreeze_from]
        facts.counts += [kept, 154 - last.unfreeze_from, 100, 10, 32, 3, len(spread)]
        facts.shares += [min(spread, default=0.0), *result.last.validation.interval]
        for phase in result.phases:
            facts.shares += phase.validation.interval
            facts.seconds.append(phase.seconds["train"] / len(phase.epochs))
        table = comparison(elsewhere, dataset, 300, result, "B · made up")
        yield Told("comparison", _cells(table), facts, None, result=result)
        accuracy = {phase.name: words.percent(phase.validation.accuracy) for phase in result.phases}
        for column, name in (("frozen", "feature_extraction"), ("trainable", "fine_tuning")):
            assert table.loc["accuracy", column].startswith(accuracy.get(name, "–"))
            assert (table.loc["cost", column] == "–") == (name not in accuracy)
        assert ("earlier attempt" in " ".join(_cells(table))) == ("resumed" in found.said)


def _cells(table: pd.DataFrame) -> list[str]:
    return [f"{cell}" for cell in table[["frozen", "trainable"]].to_numpy().ravel()]


@saying
def an_unfreeze_point() -> Iterator[Told]:
    for point in range(155):
        head = digits_quick().head
        learning = layers.count_trainable(point, head, 2)
        in_head, rows = 1281, layers.layer_table()
        norms = [row for row in rows if row.kind == "BatchNormalization"]
        thawed = [row for row in norms if row.index >= point]
        share = (learning.parameters - in_head) / layers.PARAMETERS
        above = [sum(row.trainable_parameters for row in rows[at:]) for at in range(155)]
        half = 154 - max(at for at in range(155) if 2 * above[at] >= above[0])
        facts = Facts(
            [point / 154, share, in_head / (layers.PARAMETERS + in_head), round(share, 3)],
            [point, 154, in_head, layers.PARAMETERS - (learning.parameters - in_head), half, 154 - half,
             tables.positions_without_effect(), len(thawed), len(norms), len(norms) - len(thawed),
             sum(row.trainable_parameters for row in thawed),
             sum(row.parameters - row.trainable_parameters for row in thawed)],
        )  # fmt: skip
        yield Told("layer_notes", layer_notes(point, head, 2), facts)
        yield Told("batch_norm_sentences", batch_norm_sentences(point), facts)
        counted = Facts(counts=[point, 154, learning.parameters])
        yield Told("describe", [thaw_bar.describe(point, 2)], counted)
    counted = Facts(counts=[layers.count_trainable(0, digits_quick().head, 2).parameters])
    yield Told("describe", [thaw_bar.describe(0, 2, from_scratch=True)], counted, thaws=False)


@saying
def a_rate() -> Iterator[Told]:
    for (optimizer, mode), after in rate_facts.AFTER.items():
        for rate, accuracy in zip(rate_facts.RATES, after, strict=True):
            config = digits_quick()
            for name, value in (("batch_norm", mode), ("fine_tuning.optimizer", optimizer),
                                ("fine_tuning.learning_rate", rate)):  # fmt: skip
                config = with_setting(config, name, value)
            told = rate_facts.warning(config)
            assert bool(told) == (rate_facts.FROZEN - accuracy >= rate_facts.FALL)
            yield Told("rate warning", [told], Facts([rate_facts.FROZEN, accuracy], [rate]))


@saying
def one_layer() -> Iterator[Told]:
    for layer in layers.layer_table()[1:12]:
        for low in (-1.0, 0.0):
            maps = np.clip(np.random.default_rng(1).normal(size=(4, 6, 8)), low, 6)
            maps[..., 0] = 0
            told = [activations.meaning(layer, maps), activations.silence_note(layer, maps)]
            zeros, smallest, largest = float((maps == 0).mean()), maps.min(), maps.max()
            facts = Facts([zeros], [4, 6, 8, 3, 0, 1, float(f"{smallest:.3g}"), float(f"{largest:.3g}")])
            yield Told("meaning", told, facts)
    table = activations.kernel_table()
    alive = table[~table["dead"]]["colour share"] > 0.7
    facts = Facts(counts=[32, int(table["dead"].sum()), int(alive.sum()), int((~alive).sum()), 2014])
    yield Told("kernel_notes", activations.kernel_notes(), facts)
