"""What can be compared, what is compared unasked, and links to a comparison."""

from dataclasses import replace

import pytest

from core.compare.networks import MOST_IN_A_LINK, from_link, networks, newest_pair, to_link
from core.config import with_setting
from core.presets import digits_quick
from core.store import StoredRun
from core.wording import words
from tests import fakes

OLD, NEW, CATS = (f"run-v1-{digits}" for digits in ("aaaaaaa1" * 2, "bbbbbbb2" * 2, "ccccccc3" * 2))
OTHER_SPLIT = "split-v1-00000000000000bb"


@pytest.fixture
def runs(store):
    """The newer run of two on the digits, the older one, and one on cats; newest first."""
    fakes.finish(store, OLD, digits_quick())
    fakes.finish(store, NEW, with_setting(digits_quick(), "fine_tuning.unfreeze_from", 98))
    fakes.finish(store, CATS, with_setting(digits_quick(), "data.name", "cats_and_dogs"))
    order = [NEW, OLD, CATS]
    found = {run.run_key: run for run in store.list_runs()}
    return [replace(found[key], created=10.0 - index) for index, key in enumerate(order)]


@pytest.fixture
def here(runs):
    on_digits = runs[:2]
    return networks(on_digits, words.run_names(on_digits))


def test_every_phase_of_every_finished_run_can_be_compared(here):
    assert list(here) == [
        "bbbbbbb2bbbbbbb2.frozen",
        "bbbbbbb2bbbbbbb2.tuned",
        "aaaaaaa1aaaaaaa1.frozen",
        "aaaaaaa1aaaaaaa1.tuned",
    ]
    assert [one.label for one in here.values()] == [
        "B · feature extraction", "B · from block 11 · 3e‑5", "A · feature extraction",
        "A · from block 13 · 3e‑5",
    ]  # fmt: skip


def test_unasked_the_newest_run_stands_against_the_one_before_it(here):
    assert [one.token for one in newest_pair(here)] == ["aaaaaaa1aaaaaaa1.tuned", "bbbbbbb2bbbbbbb2.tuned"]


def test_a_single_run_stands_against_its_own_feature_extraction(runs):
    alone = networks(runs[:1], words.run_names(runs[:1]))
    assert [one.token for one in newest_pair(alone)] == ["bbbbbbb2bbbbbbb2.frozen", "bbbbbbb2bbbbbbb2.tuned"]


def test_a_run_on_other_images_is_no_partner(store, runs):
    fakes.finish(store, OLD, digits_quick(), split_key=OTHER_SPLIT)
    older = replace(runs[1], result=store.load(OLD))
    found = networks([runs[0], older], words.run_names(runs[:2]))
    assert [one.token for one in newest_pair(found)] == ["bbbbbbb2bbbbbbb2.frozen", "bbbbbbb2bbbbbbb2.tuned"]
    assert newest_pair({}) == []


def test_a_link_gives_back_what_it_was_made_from(here, runs):
    chosen = [here["aaaaaaa1aaaaaaa1.tuned"], here["bbbbbbb2bbbbbbb2.frozen"]]
    found = from_link(to_link(chosen), here, runs)
    assert list(found.chosen) == chosen
    assert found.notes == ()


def test_an_unknown_run_is_named_and_left_out(here, runs):
    found = from_link("aaaaaaa1aaaaaaa1.tuned,ddddddd4ddddddd4.tuned", here, runs)
    assert [one.token for one in found.chosen] == ["aaaaaaa1aaaaaaa1.tuned"]
    assert "Run ddddddd4 of the link is not here: it was deleted" in found.notes[0]


def test_a_run_on_another_data_set_is_left_out_and_it_says_why(here, runs):
    found = from_link("aaaaaaa1aaaaaaa1.tuned,ccccccc3ccccccc3.tuned", here, runs)
    assert len(found.chosen) == 1
    assert "other images (cats_and_dogs)" in found.notes[0]


def test_a_phase_that_was_not_trained_is_left_out(here, runs):
    assert "has no such phase" in from_link("aaaaaaa1aaaaaaa1.scratch", here, runs).notes[0]


def test_an_unfinished_run_is_left_out(here, store, runs):
    failed = StoredRun("run-v1-eeeeeee5eeeeeee5", "failed", digits_quick(), created=20.0)
    assert "is failed, not finished" in from_link("eeeeeee5eeeeeee5.tuned", here, [*runs, failed]).notes[0]


@pytest.mark.parametrize(
    "text",
    [
        "", ",", "nonsense", "../../etc/passwd", "<script>alert(1)</script>", "aaaaaaa1aaaaaaa1",
        "AAAAAAA1AAAAAAA1.tuned", "aaaaaaa1aaaaaaa1.tuned\n", "aaaaaaa1aaaaaaa.tuned",
        "aaaaaaa1aaaaaaa1.everything", "=1+1", "\x00", "%", "𝟎" * 16 + ".tuned",
        ",".join(["aaaaaaa1aaaaaaa1.tuned"] * (MOST_IN_A_LINK + 1)), "x" * 100_000,
    ],
)  # fmt: skip
def test_nonsense_chooses_nothing_and_is_not_repeated(here, runs, text):
    found = from_link(text, here, runs)
    assert found.chosen == ()
    assert found.notes == ("The link's list of runs makes no sense; the newest ones are compared instead.",)


def test_sense_beside_nonsense_is_taken(here, runs):
    found = from_link("aaaaaaa1aaaaaaa1.tuned,<b>,aaaaaaa1aaaaaaa1.tuned", here, runs)
    assert [one.token for one in found.chosen] == ["aaaaaaa1aaaaaaa1.tuned"]
    assert found.notes == ("A part of the link names no run and is left out.",)
