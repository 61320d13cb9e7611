"""Labels that look wrong, the trial on flipped ones, and the study on digits, some with wrong labels."""

import numpy as np
import pytest

from benchmarks import label_errors
from core.config import DataConfig, ExperimentConfig
from core.data import datasets, exclusions, relabelling
from core.errors import DatasetError, Stopped
from core.explain import confident, studies, suspects
from core.intake import suspect_labels
from core.store import Store
from tests.core import study


def clusters(n: int, classes: int, apart: float, seed: int = 0):
    """Features around a centre a class, float (n, 20), labels and ids."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    centres = random.normal(0, apart, (classes, 20))
    features = centres[labels] + random.normal(0, 1, (n, 20))
    return features / features.std(), labels, random.integers(0, 2**63, n, dtype=np.uint64)


def look(features, labels, ids, classes):
    return confident.look(features, labels, ids, classes, lambda done: None)


@pytest.fixture(scope="module")
def flipped():
    """(which labels were flipped, what was looked) of 600 images of 3 classes well apart."""
    features, labels, ids = clusters(600, 3, 1.0)
    which, given = confident.plant(labels, 3, np.random.default_rng(5))
    return which, look(features, given, ids, 3), labels


def test_flipped_labels_are_found_and_the_heads_name_the_class_they_had(flipped):
    which, looked, labels = flipped
    assert (looked.pointed & which).sum() / which.sum() > 0.9
    np.testing.assert_array_equal(looked.said[which & looked.pointed], labels[which & looked.pointed])


def test_the_trial_knows_of_no_flip_and_yet_foretells_how_many_are_found_and_right(flipped):
    which, looked, _ = flipped
    outcome = label_errors.Outcome(
        int(which.sum()), int(looked.pointed.sum()), int((which & looked.pointed).sum()), looked.trial
    )
    assert outcome.agrees == (True, True)


def test_where_no_label_is_wrong_it_is_not_said_that_many_are():
    features, labels, ids = clusters(600, 3, 0.35)  # classes that run into each other
    looked = look(features, labels, ids, 3)
    assert looked.pointed.sum() > 20
    assert looked.trial.right.low < 0.2


def test_the_harder_the_classes_the_fewer_flips_are_found():
    easy, hard = (look(*clusters(400, 2, apart), 2).trial.found.share for apart in (1.5, 0.2))
    assert easy > hard + 0.1


def test_an_image_is_judged_by_a_head_that_never_saw_it():
    """Labels at random: whoever had seen an image would know its label better than by chance."""
    random = np.random.default_rng(0)
    features, labels = random.normal(0, 1, (200, 150)), random.integers(0, 2, 200)
    folds = np.arange(200) % 5
    said = confident.out_of_fold(features, labels, folds, 2, lambda done: None)
    assert 0.35 < (said.argmax(axis=1) == labels).mean() < 0.65


def test_a_class_with_a_single_image_does_no_harm():
    features, labels, ids = clusters(100, 2, 1.0)
    labels = np.where(np.arange(100) == 7, 2, labels)
    looked = look(features, labels, ids, 3)
    assert looked.pointed.shape == (100,)


def test_a_trial_survives_being_written_down(flipped):
    trial = flipped[1].trial
    assert confident.Trial.of(trial.plain()) == trial


# The study


@pytest.fixture(scope="module")
def world(tmp_path_factory, request):
    """(store, data set with ten labels decided wrong on purpose, their names, the study, its record)."""
    request.getfixturevalue("tensorflow_configured")
    home = tmp_path_factory.mktemp("suspects")
    store, whole = Store(home), datasets.find("digits", home)
    exclusions.exclude(whole, [(i.name, i.sha256) for at, i in enumerate(whole.items) if at % 10], home)
    wrong = whole.items[::500]
    for item in wrong:
        label = whole.classes[(item.label + 5) % 10]
        relabelling.decide(whole, (item.name, item.sha256), label, home)
    dataset = datasets.find("digits", home)
    asked = suspects.study_of(ExperimentConfig(data=DataConfig("digits", image_size=32)), dataset)
    record, arrays = study.answer(asked, store, dataset)
    return store, dataset, {item.name for item in wrong}, asked, record, arrays


@pytest.mark.tensorflow
def test_the_study_finds_labels_that_were_decided_wrong(world):
    _, dataset, wrong, _, record, arrays = world
    named = {one["image"][0] for one in record["suspects"]}
    assert len(named & wrong) >= 7
    assert record["images"] == len(dataset.items) == len(arrays["own"]) == 500
    own = [one["own"] for one in record["suspects"]]
    assert own == sorted(own), "the worst first"


@pytest.mark.tensorflow
def test_beside_a_suspect_stand_pictures_that_the_head_learned_from(world):
    _, dataset, _, _, record, _ = world
    place = {item.name: item for item in dataset.items}
    for one in record["suspects"]:
        assert len(one["nearest"]) == suspects.NEAREST
        assert all(place[name].sha256 == digest for name, digest in one["nearest"])
        assert one["image"] not in one["nearest"]


@pytest.mark.tensorflow
def test_what_was_decided_since_is_asked_no_more(world):
    _, dataset, _, _, record, _ = world
    image = tuple(record["suspects"][0]["image"])
    every = suspect_labels.on(dataset, record, {})
    rest = suspect_labels.on(dataset, record, {image: "3"})
    assert len(rest.undecided) == len(every.undecided) - 1
    moved = relabelling.relabelled(dataset, {image: record["suspects"][0]["said"]})
    assert len(suspect_labels.on(moved, record, {}).undecided) == len(rest.undecided)
    without = exclusions.without(dataset, {image})
    fewer = suspect_labels.on(without, record, {})
    assert [without.items[one.position].name for one in fewer.undecided] == [
        dataset.items[one.position].name for one in rest.undecided
    ]


@pytest.mark.tensorflow
def test_the_question_is_the_same_whatever_the_split_and_number_of_images(world):
    _, dataset, _, asked, _, _ = world
    other = ExperimentConfig(data=DataConfig("digits", image_size=32, split_seed=7, limit=100))
    assert suspects.study_of(other, dataset).key(dataset) == asked.key(dataset)


@pytest.mark.tensorflow
def test_the_price_is_told_before_and_grows_with_the_images(world, tmp_path):
    _, dataset, _, asked, _, _ = world
    empty = Store(tmp_path / "empty")
    whole = datasets.find("digits", empty.home)
    few, many = (studies.predicted_seconds(asked, empty, images) for images in (dataset, whole))
    assert 0 < few < many


def test_a_set_beyond_the_bound_is_judged_in_part(monkeypatch, home):
    monkeypatch.setattr(suspects, "MOST_IMAGES", 1000)
    dataset = datasets.find("digits", home)
    assert suspects.study_of(ExperimentConfig(data=DataConfig("digits")), dataset).config.data.limit == 1000


@pytest.mark.tensorflow
def test_of_too_few_images_it_says_how_many_it_needs(home, pets):
    dataset = datasets.find(str(pets), home)
    asked = suspects.study_of(ExperimentConfig(data=DataConfig(str(pets), image_size=32)), dataset)
    with pytest.raises(DatasetError, match="17 images.*at least 50"):
        study.answer(asked, Store(home), dataset)


def test_it_can_be_stopped():
    def stop(done):
        raise Stopped

    with pytest.raises(Stopped):
        confident.look(*clusters(100, 2, 1.0), 2, stop)


# How well it does


@pytest.mark.soak
@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("name", "size"),
    [("cats_and_dogs", 96), ("digits", 64)],
)
def test_of_five_in_a_hundred_labels_flipped_the_estimate_is_right_in_nine_of_ten_trials(
    real_data, tmp_path, name, size
):
    if name != "digits":
        real_data("cats_and_dogs_filtered.zip")
    some = label_errors.features(name, size, tmp_path)
    outcomes = [label_errors.trial(some, seed) for seed in range(10)]
    agree = np.array([one.agrees for one in outcomes]).sum(axis=0)
    assert (agree >= 9).all(), agree
    assert np.mean([one.found for one in outcomes]) > 0.8
