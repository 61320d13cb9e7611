"""Sentences computed from a run's numbers."""

import dataclasses

from core.config import with_setting
from core.presets import digits_quick, two_layer_head
from core.statistics.paired import PairedVerdict
from core.statistics.verdict import Verdict
from core.wording.run_notes import batch_norm_notes, learned_nothing, run_notes, scratch_notes
from tests import fakes

KEY = "run-v1-00000000000000aa"


def test_notes_say_what_changed_and_what_stayed(store):
    text = " ".join(run_notes(fakes.finish(store, KEY, digits_quick())))
    assert "from 84.0% to 89.2%" in text
    assert "The first 116 layers did not change by a single bit" in text
    assert "moved most is `block_13_expand`" in text


def test_a_head_only_run_says_that_the_backbone_stayed(store):
    notes = run_notes(fakes.finish(store, KEY, digits_quick().first_phase_only()))
    assert "not one of the backbone's 2,257,984 did" in notes[0]
    assert not any("moved most" in note for note in notes)


def test_learning_by_heart_is_pointed_out(store):
    result = fakes.finish(store, KEY, digits_quick())
    last = result.phases[-1]
    epochs = (*last.epochs[:-1], type(last.epochs[-1])(20, 0.01, 0.99, 0.5, 0.89, 1.0))
    phases = (result.phases[0], type(last)(**{**last.__dict__, "epochs": epochs}))
    changed = type(result)(**{**result.__dict__, "phases": phases})
    assert "10.0 points better on training images (99.0%) than on validation images (89.0%)" in " ".join(
        run_notes(changed)
    )


def test_a_network_trained_whole_is_told_why_it_was_slow(store):
    result = fakes.finish(store, KEY, digits_quick())
    whole = dataclasses.replace(result.last, path="plain", unfreeze_from=0)
    text = " ".join(run_notes(dataclasses.replace(result, phases=(result.phases[0], whole))))
    assert "Fine-tuning every layer took" in text
    assert "the plain path" in text
    assert "first 0 layers" not in text


def verdict(outcome):
    return PairedVerdict(500, 10, 5, 0.01, outcome)


def from_scratch_run(store, wrong):
    config = digits_quick().without_transfer()
    return fakes.finish(store, KEY.replace("a", "c"), config, tuned_wrong=fakes.wrong_answers(0, wrong))


def test_a_network_from_scratch_is_not_called_fine_tuned(store):
    text = " ".join(run_notes(from_scratch_run(store, 100)))
    assert "All 2,236,682 numbers learned from random ones" in text
    assert "Thawing" not in text


def test_scratch_notes_compare_numbers_epochs_and_seconds(store):
    transfer = fakes.finish(store, KEY, digits_quick())
    never = " ".join(scratch_notes(transfer, from_scratch_run(store, 100)))
    assert "2,236,682 numbers had to be found from 1,000 images; feature extraction found 12,810" in never
    assert "(84.0% after 15 epochs), training from scratch never passes it" in never
    assert "passes it in epoch" in " ".join(scratch_notes(transfer, from_scratch_run(store, 20)))


def test_batch_norm_notes_count_the_layers_whose_statistics_moved(store):
    kept = fakes.finish(store, KEY, digits_quick())
    batch = fakes.finish(store, KEY.replace("a", "b"), with_setting(digits_quick(), "batch_norm", "batch"))
    rows = [dataclasses.replace(row, statistics=0.12 * (row.name == "block_16_project_BN")) for row in
            batch.last.weight_change]  # fmt: skip
    last = dataclasses.replace(batch.last, weight_change=tuple(rows))
    batch = dataclasses.replace(batch, phases=(batch.phases[0], last))
    text = " ".join(batch_norm_notes(kept, batch, verdict(Verdict.WORSE)))
    assert "1 of 52 BatchNorm layers overwrote" in text
    assert "`block_16_project_BN` most (by 12% of their size)" in text
    assert "+5.2 points" in text
    assert "this one switch makes the difference" in text
    assert "could be luck" in " ".join(batch_norm_notes(kept, batch, verdict(Verdict.CANNOT_TELL)))


def at_chance(store, curve, classes=("cats", "dogs")):
    """A run of two classes whose every epoch had the validation accuracy that `curve` says."""
    wrong = fakes.wrong_answers(0, round(500 * (1 - curve[-1])))
    result = fakes.finish(
        store, KEY, two_layer_head(), classes=classes, frozen_wrong=wrong, tuned_wrong=wrong
    )
    values, phases = iter(curve), []
    for phase in result.phases:
        epochs = [dataclasses.replace(epoch, val_accuracy=next(values)) for epoch in phase.epochs]
        phases.append(dataclasses.replace(phase, epochs=tuple(epochs)))
    return dataclasses.replace(result, phases=tuple(phases))


def test_a_run_at_the_commonest_class_s_share_has_learned_nothing_and_is_told_so(store):
    told = learned_nothing(at_chance(store, [0.5] * 10))
    assert "in 10 of 10 epochs" in told
    assert "right for 50.0%" in told
    assert "its 500 validation images" in told


def test_one_lucky_epoch_in_ten_changes_nothing_about_that(store):
    assert "in 9 of 10 epochs" in learned_nothing(at_chance(store, [0.58, *[0.5] * 9]))


def test_a_run_that_learned_in_the_end_or_for_a_while_is_not_warned_of(store):
    assert learned_nothing(at_chance(store, [*[0.5] * 9, 0.62])) == ""
    assert learned_nothing(at_chance(store, [0.9, 0.9, *[0.5] * 8])) == "", "fine-tuning wrecked it"


def test_chance_itself_is_not_taken_for_learning(store):
    told = learned_nothing(at_chance(store, [0.53, 0.48, 0.51, 0.54, 0.5, 0.49, 0.53, 0.5, 0.52, 0.51]))
    assert told, "none is above 54.4%, where Wilson's interval of 250 of 500 ends"


def test_two_epochs_say_nothing_yet(store):
    result = at_chance(store, [0.5] * 10)
    short = dataclasses.replace(result.phases[0], epochs=result.phases[0].epochs[:2])
    assert learned_nothing(dataclasses.replace(result, phases=(short,))) == ""
