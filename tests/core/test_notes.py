"""Sentences computed from a run's numbers."""

import dataclasses

from core.notes import run_notes
from core.presets import digits_quick
from tests import fakes

KEY = "run-v1-00000000000000aa"


def test_notes_say_what_changed_and_what_stayed(store):
    text = " ".join(run_notes(fakes.finish(store, KEY, digits_quick())))
    assert "from 84.0% to 89.2%" in text
    assert "the first 116 layers did not change by a single bit" in text
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
    assert "10 points better on training images" in " ".join(run_notes(changed))


def test_a_network_trained_whole_is_told_why_it_was_slow(store):
    result = fakes.finish(store, KEY, digits_quick())
    whole = dataclasses.replace(result.last, path="plain", unfreeze_from=0)
    text = " ".join(run_notes(dataclasses.replace(result, phases=(result.phases[0], whole))))
    assert "Thawing every layer" in text
    assert "the plain path" in text
    assert "first 0 layers" not in text
