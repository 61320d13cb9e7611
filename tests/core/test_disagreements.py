"""Numbers by class are scikit-learn's; groups of disagreements are complete, disjoint and in order."""

import warnings

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from core.compare import disagreements, networks, per_class
from core.compare.disagreements import ALL, BOTH_WRONG, BROKE, FIXED, WORST_FIRST, WORST_SECOND, Predictions
from core.config import with_setting
from core.method.evaluation import evaluate
from core.presets import digits_quick
from core.statistics.paired import compare
from core.wording.words import run_names
from tests import fakes

CLASSES = tuple("abcde")


def drawn(seed: int, n: int = 200, labels: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (n, 5) that are right more often than not, and labels; class d is never named, and
    there is no image of class e."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, n) if labels is None else labels
    scores = rng.standard_normal((n, 5))
    scores[np.arange(n), labels] += 1.5
    scores[:, 3] = -9
    powers = np.exp(scores)
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32), labels


# By class


def test_precision_recall_f1_and_counts_are_those_of_scikit_learn():
    probabilities, labels = drawn(0)
    frame = per_class.per_class(evaluate(probabilities, labels, 5), CLASSES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        precision, recall, f1, images = precision_recall_fscore_support(
            labels, probabilities.argmax(axis=1), labels=range(5), zero_division=np.nan
        )
    np.testing.assert_array_equal(frame["images"], images)
    np.testing.assert_allclose(frame["precision"], precision)
    np.testing.assert_allclose(frame["recall"], recall)
    np.testing.assert_allclose(frame["F1"], f1)
    assert frame["predicted"].sum() == frame["images"].sum() == len(labels)


def test_a_class_never_named_or_without_images_has_no_share_instead_of_0():
    frame = per_class.per_class(evaluate(*drawn(0), 5), CLASSES).set_index("class")
    assert np.isnan(frame.loc["d", "precision"])
    assert frame.loc["d", "recall"] == 0
    assert np.isnan(frame.loc["e", "recall"])
    nothing = evaluate(np.array([[0.9, 0.1, 0.0]], "f4"), np.array([0]), 3)
    assert np.isnan(per_class.per_class(nothing, "abc")["F1"][2])


def test_the_hardest_class_is_named_with_what_it_is_taken_for():
    labels = np.repeat([0, 1], 10)
    said = np.where(np.arange(20) < 3, 1, labels)  # three of class a taken for b
    checked = evaluate(np.eye(2, dtype="f4")[said], labels, 2)
    note = per_class.hardest_note(checked, "ab", "A")
    assert "finds 7 of 10 images of class a (70.0%)" in note
    assert "says b instead (3)" in note
    perfect = evaluate(np.eye(2, dtype="f4")[labels], labels, 2)
    assert per_class.hardest_note(perfect, "ab", "A") == ""
    assert "class a: 70.0% with the first, 100.0% with the second" in per_class.change_note(
        checked, perfect, "ab"
    )
    assert per_class.change_note(perfect, perfect, "ab") == ""


# Image by image


def pair() -> tuple[Predictions, Predictions]:
    first, labels = drawn(1)
    second, _ = drawn(2, labels=labels)
    return Predictions.of(first, labels), Predictions.of(second, labels)


def test_the_groups_divide_what_either_gets_wrong_and_count_as_the_verdict_does():
    first, second = pair()
    found = disagreements.groups(first, second)
    verdict = compare(first.right, second.right)
    assert (len(found[FIXED]), len(found[BROKE])) == (verdict.fixed, verdict.broke)
    assert verdict.fixed
    assert verdict.broke
    parts = np.concatenate([found[FIXED], found[BROKE], found[BOTH_WRONG]])
    assert sorted(parts) == np.flatnonzero(~first.right | ~second.right).tolist()
    assert sorted(found[WORST_FIRST]) == sorted([*found[FIXED], *found[BOTH_WRONG]])
    assert sorted(found[WORST_SECOND]) == sorted([*found[BROKE], *found[BOTH_WRONG]])
    assert first.right[found[BROKE]].all()
    assert second.right[found[FIXED]].all()


def test_swapping_the_networks_swaps_fixed_and_broke():
    first, second = pair()
    there, back = disagreements.groups(first, second), disagreements.groups(second, first)
    np.testing.assert_array_equal(there[FIXED], back[BROKE])
    np.testing.assert_array_equal(there[WORST_FIRST], back[WORST_SECOND])


def test_the_most_confident_mistake_comes_first():
    first, second = pair()
    found = disagreements.groups(first, second)
    assert (np.diff(first.confidence[found[WORST_FIRST]]) <= 0).all()
    assert (np.diff(second.confidence[found[BROKE]]) <= 0).all()
    both = (first.confidence + second.confidence)[found[BOTH_WRONG]]
    assert (np.diff(both) <= 0).all()


def test_one_stored_probability_for_two_classes_is_read_as_both():
    said = Predictions.of(np.array([0.2, 0.9, 0.5], "f4"), np.array([0, 0, 1]))
    assert said.predicted.tolist() == [0, 1, 0]
    assert said.right.tolist() == [True, False, False]
    np.testing.assert_allclose(said.confidence, [0.8, 0.9, 0.5])
    alone = disagreements.groups(said)
    assert alone[WORST_FIRST].tolist() == [1, 2]
    assert alone[ALL].tolist() == [0, 1, 2]


def test_predictions_of_different_images_are_not_paired():
    first, second = pair()
    other = Predictions(np.roll(second.labels, 1), second.predicted, second.probabilities)
    with pytest.raises(ValueError, match="different images"):
        disagreements.groups(first, other)


def test_notes_count_what_they_say():
    labels = np.zeros(4, int)
    first = Predictions.of(np.eye(3, dtype="f4")[[1, 1, 2, 0]], labels)
    second = Predictions.of(np.eye(3, dtype="f4")[[1, 2, 2, 0]], labels)
    note = disagreements.shared_mistakes_note(first, second)
    assert (
        "3 images that both get wrong, both give the same wrong answer for 2: such pictures are hard" in note
    )
    assert disagreements.commonest_mix_up(first, np.array([0, 1, 2]), "abc") == "a taken for b (2 of 3)"
    note = disagreements.confidence_note(first, "A")
    assert "100.0% on average when right" in note
    assert "3 of its 3 mistakes come with 90% or more" in note


def test_probabilities_near_the_ends_are_not_rounded_to_certainty():
    said = [disagreements.probability_words(p) for p in (0.9999, 0.99, 0.934, 0.01, 0.004)]
    assert said == ["over 99%", "99%", "93%", "1%", "under 1%"]


def test_phases_of_one_run_are_told_apart_by_phase_and_runs_by_letter(store):
    fakes.finish(store, "run-v1-00000000000000aa", digits_quick())
    other = with_setting(digits_quick(), "fine_tuning.unfreeze_from", 98)
    fakes.finish(store, "run-v1-00000000000000bb", other)
    runs = store.list_runs()
    found = networks.networks(runs, run_names(runs)).values()
    by_name = {(one.letter, one.phase.name): one for one in found}
    frozen, tuned = by_name["B", "feature_extraction"], by_name["B", "fine_tuning"]
    assert disagreements.short_names(frozen, tuned) == ("Frozen", "Fine-tuned")
    assert disagreements.short_names(by_name["A", "fine_tuning"], tuned) == ("A", "B")
