"""What is said about two networks follows from their numbers."""

import pytest

from core.compare.comparison import compare_models
from core.compare.networks import networks
from core.compare.notes import compare_notes
from core.presets import digits_quick
from core.statistics.paired import PairedVerdict
from core.statistics.verdict import Verdict
from core.wording import words
from tests import fakes


@pytest.fixture
def notes(store):
    """The notes on a run's two phases that are wrong on these images."""

    def about(frozen_wrong, tuned_wrong):
        key = "run-v1-00000000000000aa"
        fakes.finish(store, key, digits_quick(), frozen_wrong=frozen_wrong, tuned_wrong=tuned_wrong)
        runs = store.list_runs()
        first, second = networks(runs, words.run_names(runs)).values()
        verdict = compare_models(store, first.model, second.model)
        return " ".join(compare_notes(first, second, verdict, "validation"))

    return about


def wrong(first, count):
    return fakes.wrong_answers(first, count)


def test_a_clear_verdict_with_overlapping_intervals_is_explained(notes):
    text = notes(wrong(0, 80), wrong(38, 42) | wrong(200, 12))
    assert "intervals of the two accuracies overlap, and still the verdict is clear" in text
    assert "so the 450 on which they agree cancel out and only 38 fixed against 12 broken count" in text


def test_a_difference_too_large_to_overlap_is_called_so(notes):
    assert "do not overlap" in notes(wrong(0, 200), wrong(0, 50))


def test_few_differing_images_are_told_and_no_difference_is_not_called_equality(notes):
    text = notes(wrong(0, 50), wrong(4, 49))
    assert "on 7 of 500 images, and only those can tell them apart: 4 against 3 could be chance" in text
    assert "does not mean that there is none" in text


def test_a_bootstrap_that_is_too_sure_is_overruled_in_words(notes):
    assert "leaves zero out all the same" in notes(wrong(0, 50), wrong(4, 46))


def test_of_two_versions_of_a_set_it_is_said_which_images_the_verdict_is_on(store):
    verdict = PairedVerdict(400, 38, 12, 0.0003, Verdict.BETTER)
    for key, split in (("run-v1-00000000000000aa", "split-v1-a"), ("run-v1-00000000000000bb", "split-v1-b")):
        fakes.finish(store, key, digits_quick().first_phase_only(), split_key=split)
    runs = store.list_runs()
    first, second = networks(runs, words.run_names(runs)).values()
    said = compare_notes(first, second, verdict, "validation")[0]
    assert said.startswith(
        "Each accuracy is on all validation images of its own run; the verdict is on the 400"
    )
    assert "the 400 that both have under the same label" in said
    assert compare_notes(first, first, verdict, "validation")[0] != said


def test_what_each_network_cost_is_told(notes):
    text = notes(wrong(0, 80), wrong(0, 40))
    assert "took 53 s in both phases and trained 1.69 M numbers in the second" in text
    assert "A · feature extraction took 12 s and trained 12,810 numbers" in text
