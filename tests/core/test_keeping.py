"""Deleting runs: what goes with them, what stays, and that letters stay with their runs."""

import json

import pytest

from core.config import with_setting
from core.files import folder_bytes
from core.presets import digits_quick
from core.running import keeping
from core.running.jobs import enqueue
from core.wording import words
from tests import fakes

FIRST, OLD, NEW, NEWEST = (f"run-v1-000000000000000{digit}" for digit in "1234")
FROM_98 = with_setting(digits_quick(), "fine_tuning.unfreeze_from", 98)
FROM_90 = with_setting(digits_quick(), "fine_tuning.unfreeze_from", 90)


@pytest.fixture(autouse=True)
def three_runs_of_one_first_phase(store):
    for created, (key, config) in enumerate(
        [(FIRST, digits_quick().first_phase_only()), (OLD, digits_quick()), (NEW, FROM_98), (NEWEST, FROM_90)]
    ):
        fakes.finish(store, key, config)
        path = store.path(key) / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"created": float(created)}))


def letters(store):
    names = words.run_names(keeping.visible(store.list_runs()))
    return {key: name[0] for key, name in names.items()}


def keys(store):
    return {run.run_key for run in store.list_runs()}


def a_study(store, key, **options):
    store.create(key, digits_quick(), {"kind": "exported", "options": options})
    store.save_study(key, {}, {})


def test_a_first_phase_stays_while_another_run_starts_from_it(store):
    keeping.delete(store, [OLD, NEW])
    assert keys(store) == {FIRST, NEWEST}


def test_with_the_last_of_them_the_first_phase_goes_too(store):
    keeping.delete(store, [OLD, NEW, NEWEST])
    assert keys(store) == set()


def test_deleting_leaves_every_other_run_its_letter(store):
    assert letters(store) == {OLD: "A", NEW: "B", NEWEST: "C"}
    keeping.delete(store, [OLD])
    assert letters(store) == {NEW: "B", NEWEST: "C"}
    keeping.delete(store, [NEW])
    assert letters(store) == {NEWEST: "C"}
    fakes.finish(store, OLD, digits_quick())
    assert letters(store) == {NEWEST: "C", OLD: "D"}


def test_a_pinned_run_is_not_deleted_until_it_is_unpinned(store):
    store.pin(OLD)
    keeping.delete(store, [OLD, NEW])
    assert keys(store) == {FIRST, OLD, NEWEST}
    assert keeping.pinned_first(store.list_runs())[0].run_key == OLD
    store.pin(OLD, False)
    keeping.delete(store, [OLD])
    assert OLD not in keys(store)


def test_a_pinned_first_phase_outlives_the_runs_that_start_from_it(store):
    store.pin(FIRST)
    keeping.delete(store, [OLD, NEW, NEWEST])
    assert keys(store) == {FIRST}


def test_a_run_in_the_queue_is_not_deleted(store):
    waiting = with_setting(digits_quick(), "seed", 1)
    enqueue(store, "run-v1-0000000000000009", waiting)
    keeping.delete(store, ["run-v1-0000000000000009"])
    assert "run-v1-0000000000000009" in keys(store)


def test_studies_about_a_run_go_with_it_and_others_stay(store):
    about, both, other = (f"study-v1-000000000000000{digit}" for digit in "123")
    a_study(store, about, run=OLD)
    a_study(store, both, runs=[OLD, NEW])
    a_study(store, other, run=NEW)
    keeping.delete(store, [OLD])
    assert [store.finished(key) for key in (about, both, other)] == [False, False, True]


def test_what_is_promised_to_be_freed_is_freed(store):
    a_study(store, "study-v1-0000000000000001", run=OLD)
    before = folder_bytes(store.runs)
    gone = keeping.gone_with(store, store.list_runs(), [OLD])
    promised = keeping.bytes_of(store, gone)
    keeping.delete(store, [OLD])
    for key in (NEW, NEWEST):  # their letters are written down now
        (store.path(key) / "kept.json").unlink()
    assert before - folder_bytes(store.runs) == promised > 0


@pytest.mark.parametrize(
    "broken", ["", "[]", '{"pinned": "yes", "number": true}', '{"number": -3}', '{"number": 1e9}']
)
def test_a_broken_note_is_no_note(store, broken):
    (store.path(OLD) / "kept.json").write_text(broken)
    found = next(run for run in store.list_runs() if run.run_key == OLD)
    assert (found.pinned, found.number) == (False, None)
