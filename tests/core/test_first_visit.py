"""The first visit's question and the answer to its guess are true of the data set and the runs at hand."""

import itertools

import pytest

from core.concepts import first_visit
from core.concepts.first_visit import Facts, few_note, guess_answer, known_classes, question, watched_note
from core.method.weights import imagenet_labels
from core.results import PHASES
from core.statistics.paired import compare
from core.wording.words import PHASE_NAMES
from tests import fakes
from tests.telling import tells


def asked(name, classes, least=20, most=20):
    return question(Facts(name, tuple(classes), least, most), imagenet_labels())


@pytest.mark.parametrize("name", ["digits", "mnist"])
def test_of_digits_it_says_that_none_is_among_the_thousand(name):
    assert tells(asked(name, "0123456789"), 1000, "is a digit", "20 examples each")
    assert not known_classes([*"0123456789", "digit", "digits"], imagenet_labels())


def test_of_cats_and_dogs_it_says_what_the_network_knows_of_them():
    labels = imagenet_labels()
    assert labels[151:269][:1] + labels[151:269][-1:] == ("Chihuahua", "Mexican hairless")  # 118 dogs
    assert len(labels[281:286]) == 5  # tabby, tiger cat, Persian cat, Siamese cat, Egyptian cat
    assert not known_classes(["cats", "dogs", "cat", "dog"], labels)
    assert tells(asked("cats_and_dogs", ["cats", "dogs"], 1000, 1000), "five kinds of cats", "1,000 examples")


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        (["blue", "red"], ["None of this network's 1,000 classes is called “blue” or “red”"]),
        (list("abcdefgh"), ["None of this network's 1,000 classes is called one of these 8"]),
        (["bananas", "blue"], ["Of these 2 classes", "knows 1 by name (bananas)"]),
        (["Banana", "espresso"], ["Of its 1,000 classes", "these 2 by name (Banana, espresso)"]),
        (["tabby", "tiger_cat", "Persian-cat", "banana"], ["Of its 1,000 classes", "these 4 by name:"]),
    ],
)
def test_of_ones_own_it_says_which_names_the_network_knows(classes, told):
    assert tells(asked("mine", classes), *told)


@pytest.mark.parametrize(
    ("least", "most", "told"),
    [(1, 1, "one example each"), (2, 2, "from 2 examples each"), (1, 3, "1 to 3 examples each")],
)
def test_it_counts_the_examples_of_the_rarest_and_the_commonest_class(least, most, told):
    assert told in asked("mine", ["blue", "red"], least, most)
    assert tells(few_note(Facts("mine", ("a", "b"), least, most)), first_visit.WANTED, least)


def test_where_nothing_is_amiss_nothing_is_noted():
    assert few_note(Facts("digits", tuple("01"), first_visit.WANTED, 20)) == ""
    assert watched_note(9, 9) == watched_note(2, 2) == ""
    assert tells(watched_note(9, 300), 9, 300)


def test_a_name_from_outside_stays_what_it_is():
    assert "\\<b\\>" in asked("mine", ["<b>", "red"])


def answered(guess, wrong):
    """`guess_answer` for networks that get so many of 500 images wrong, each the first ones."""
    masks = {phase: ~fakes.wrong_answers(0, count) for phase, count in wrong.items()}
    found = {phase: fakes.evaluation(~right, 10) for phase, right in masks.items()}
    return guess_answer(guess, found, lambda one, two: compare(masks[one], masks[two]))


COUNTS = (100, 101, 250)  # the second cannot be told from the first, the third can


@pytest.mark.parametrize("counts", set(itertools.product(COUNTS, repeat=3)))
@pytest.mark.parametrize("guess", PHASES)
def test_a_guess_is_answered_by_what_the_images_can_tell(guess, counts):
    wrong = dict(zip(PHASES, counts, strict=True))
    said = answered(guess, wrong)
    others = {phase: count for phase, count in wrong.items() if phase != guess}
    best = min(others.values())
    assert said.startswith(f"You said {PHASE_NAMES[guess]}: ")
    assert said.endswith("right.") == (wrong[guess] < best - 50)
    assert ("wrong, " in said) == (wrong[guess] > best + 50)
    assert ("cannot tell the two apart" in said) == (abs(wrong[guess] - best) < 50)
    assert ("as many right as" in said) == (wrong[guess] == best)
    assert ("it has more right than" in said) == (0 < best - wrong[guess] < 50)
    if wrong[guess] > best:
        named = next(phase for phase in others if PHASE_NAMES[phase] in said.partition(": ")[2])
        assert wrong[named] == best


def test_no_guess_has_no_answer_and_one_at_what_is_missing_says_so():
    assert answered(None, dict(zip(PHASES, COUNTS, strict=True))) == ""
    two = {"feature_extraction": 100, "fine_tuning": 50}
    assert answered("from_scratch", two).endswith("it has not been trained yet.")
    assert answered("fine_tuning", two).endswith("right.")
    assert "nothing to hold it against" in answered("fine_tuning", {"fine_tuning": 50})
