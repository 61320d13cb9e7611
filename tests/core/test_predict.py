"""Predictions are the run's own, a picture unlike the training images is told, and a CSV is harmless."""

import csv as csv_files
import functools
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.charts.prediction_charts import distance_histogram, probability_bars
from core.codegen.predict import predict_code, predict_many_code
from core.config import with_setting
from core.data import images, sample_photos
from core.data.decoding import decode_upright
from core.method.grad_cam import Head
from core.predict import many
from core.predict.decided import Decided, alarm_count
from core.predict.distance import NEIGHBOUR, Familiarity
from core.predict.many import UNLIKE, Prediction
from core.predict.one import Answer, Network, answer, answers_table, likeliest, notes, shared_evidence
from core.presets import digits_quick
from core.running.receipt import Threshold
from tests.core.tiny_run import TinyRun

RANDOM = np.random.default_rng(5)
CAT_OR_DOG = ("cats", "dogs")


def cloud(count, towards):
    """Features near a direction: float32 (count, 32)."""
    return (RANDOM.normal(size=(count, 32)) * 0.1 + towards).astype(np.float32)


@pytest.fixture
def familiarity():
    here = np.eye(32, dtype=np.float32)[0]
    return Familiarity.of(cloud(200, here), cloud(100, here))


# Distance


def test_the_distance_is_that_to_the_kth_nearest_of_unit_length(familiarity):
    picture = cloud(1, np.eye(32)[3])[0]
    unit = picture / np.linalg.norm(picture)
    expected = np.sort(np.linalg.norm(familiarity.train - unit, axis=1))[NEIGHBOUR - 1]
    assert familiarity.distances(picture[None])[0] == pytest.approx(expected, abs=1e-5)
    assert familiarity.distances(7 * picture[None])[0] == pytest.approx(expected, abs=1e-5)


def test_one_in_twenty_validation_images_is_unusual_and_a_picture_from_elsewhere_is(familiarity):
    assert sum(map(familiarity.unusual, familiarity.usual)) == 5
    elsewhere = familiarity.distances(cloud(20, np.eye(32)[9]))
    assert all(map(familiarity.unusual, elsewhere))
    assert "any of the 100 validation images: do not trust" in familiarity.sentence(elsewhere[0])


def test_the_sentence_never_says_all_of_them_for_nearly_all(familiarity):
    almost = float(familiarity.usual[-1])  # farther than 99 of 100
    assert "than 99% of the 100" in familiarity.sentence(almost)
    usual = Familiarity(familiarity.train, np.linspace(0, 1, 1000))
    assert "than 99% of the 1,000" in usual.sentence(0.9985)
    assert "40% of the 100 validation images lie farther" in familiarity.sentence(
        (familiarity.usual[59] + familiarity.usual[60]) / 2
    )


def test_the_nearest_are_the_training_images_themselves(familiarity):
    rows, distances = familiarity.nearest(familiarity.train[17], 3)
    assert rows[0] == 17
    assert distances[0] < 1e-3 < distances[1] <= distances[2]


def test_fewer_training_images_than_neighbours_will_do():
    few = Familiarity.of(cloud(3, np.eye(32)[0]), cloud(4, np.eye(32)[0]))
    assert len(few.usual) == 4


# One picture


def an_answer(name, share, evidence=None):
    return Answer(
        name, CAT_OR_DOG, np.array([1 - share, share], np.float32),
        np.ones((2, 2), np.float32) if evidence is None else evidence,
    )  # fmt: skip


def test_the_likeliest_classes_come_first():
    frame = likeliest(np.array([0.1, 0.6, 0.3]), ("a", "b", "c"), 2)
    assert list(frame["class"]) == ["b", "c"]
    assert list(frame["probability"]) == [0.6, 0.3]


def test_shared_heat_is_1_for_the_same_map_and_0_for_maps_apart():
    left, right = np.array([[1.0, 0.0]]), np.array([[0.0, 0.5]])
    assert shared_evidence(left, 3 * left) == 1
    assert shared_evidence(left, right) == 0
    assert shared_evidence(left, np.zeros((1, 2))) is None
    assert shared_evidence(left, np.ones((2, 2))) is None


def test_notes_say_who_says_what_and_what_is_true():
    first, second = an_answer("A · feature extraction", 0.9), an_answer("A · from block 13 · 3e‑5", 0.2)
    said = " ".join(notes([first, second], ("tabby", 0.5), "cats", unlike=True))
    assert "says tabby (50.0%); A · feature extraction chooses among 2 and says dogs (90.0%)" in said
    assert "disagree: A · feature extraction says dogs, A · from block 13 says cats. It is cats." in said
    assert "only divide this picture" in said
    agreed = " ".join(notes([first, first], ("tabby", 0.5), None, unlike=False))
    assert "Both networks say dogs." in agreed
    assert "100% of the heat" in agreed
    alone = notes([first], ("tabby", 0.5), None, unlike=False)
    assert len(alone) == 1


def test_the_table_has_every_class_of_every_network():
    table = answers_table([an_answer("A", 0.25), an_answer("B", 0.5)])
    assert list(table["class"]) == list(CAT_OR_DOG)
    assert list(table["A"]) == [0.75, 0.25]


# Many pictures


class FakeLens:
    """Features that are the mean colour of a picture."""

    image_size = 8

    def __init__(self):
        self.looked = 0

    def look(self, pixels, wanted):
        self.looked += 1
        return {"pooled": pixels.mean(axis=(1, 2)).astype(np.float32)}


def a_network(name, lens):
    """Its first class for red pictures, its second for green ones."""
    kernel = np.array([[0.01], [-0.01], [0.0]], np.float32)
    return Network(name, ("=green", "red"), lens, Head((kernel,), (np.zeros(1, np.float32),)))


def coloured(red, green):
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[..., 0], pixels[..., 1] = red, green
    return pixels


@pytest.fixture
def predicted():
    lens = FakeLens()
    networks = [a_network("A", lens), a_network("B", lens)]
    pixels = {8: np.stack([coloured(250, 0), coloured(20, 0), coloured(0, 250)])}
    probabilities, pooled = many.predict(pixels, networks, lens)
    names = ("red.png", "=dark.png", "green.png")
    found = [Prediction(n, tuple(p[at] for p in probabilities), pooled[at]) for at, n in enumerate(names)]
    return lens, networks, many.least_certain_first(found)


def decided_network(name, lens, temperature=2.0, threshold=0.3):
    """The same, less sure than it says; red must not be missed."""
    alarm = None if threshold is None else Threshold("red", 0.98, threshold)
    return replace(a_network(name, lens), decided=Decided(("=green", "red"), temperature, alarm))


def test_calibrated_probabilities_are_less_sure_and_name_the_same_class():
    decided = Decided(("a", "b", "c"), 2.0)
    said = np.array([[0.9, 0.06, 0.04], [0.2, 0.5, 0.3]], np.float32)
    found = decided.calibrated(said)
    assert found.dtype == np.float32
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-6)
    assert (found.argmax(axis=1) == said.argmax(axis=1)).all()
    assert (found.max(axis=1) < said.max(axis=1)).all()
    roots = np.sqrt(said)
    assert found == pytest.approx(roots / roots.sum(axis=1, keepdims=True), abs=1e-6)
    assert Decided(("a", "b", "c")).calibrated(said) is None
    assert Decided(("a", "b", "c")).raised(said) is None
    assert Decided(("a", "b", "c")).sentences() == []


def test_an_alarm_goes_by_what_the_network_says_and_not_by_what_is_calibrated():
    decided = Decided(("well", "sick"), 3.0, Threshold("sick", 0.98, 0.3))
    said = np.array([[0.71, 0.29], [0.7, 0.3], [0.2, 0.8]], np.float64)
    assert decided.raised(said).tolist() == [False, True, True]
    told = alarm_count(decided, decided.raised(said), [1, 0, None])
    assert told == (
        "Alarm for sick: 2 pictures of 3. It finds 0 of 1 of sick, with 1 false alarm among 1 others."
    )
    assert alarm_count(decided, decided.raised(said), [None] * 3) == "Alarm for sick: 2 pictures of 3."
    assert len(decided.sentences()) == 2


def test_a_table_says_what_was_decided_of_a_network_and_of_others_nothing(predicted):
    lens, networks, found = predicted
    plain = many.table(found, networks)
    assert not [name for name in plain if "calibrated" in name or "alarm" in name]
    both = [decided_network("A", lens), networks[1]]
    rows = many.table(found, both)
    assert list(rows.columns) == [*plain.columns[:4], "A calibrated", "A alarm", *plain.columns[4:]]
    assert (rows["A calibrated"] <= rows["A certainty"]).all()
    assert (rows[plain.columns] == plain).all(axis=None)
    content = many.csv(rows, found, both, []).decode("utf-8-sig")
    assert "A, calibrated: red" in content
    assert "B, calibrated" not in content
    told = many.decided_notes(found, both)
    assert [line.split(":")[0] for line in told] == ["A"] * 3
    assert many.decided_notes(found, networks) == []


def test_networks_that_share_a_backbone_look_through_it_once(predicted):
    assert predicted[0].looked == 1


def test_the_least_certain_picture_comes_first(predicted):
    _, networks, found = predicted
    rows = many.table(found, networks)
    assert list(rows["file"]) == ["'=dark.png", "red.png", "green.png"]
    assert list(rows["A says"]) == ["red", "red", "'=green"]
    assert rows["A certainty"].is_monotonic_increasing
    assert "class" not in rows
    assert UNLIKE not in rows


def test_a_csv_neutralises_formulas_keeps_numbers_and_names_unreadable_files(predicted):
    _, networks, found = predicted
    content = many.csv(many.table(found, networks), found, networks, [("+cmd.png", "is cut short")])
    rows = list(csv_files.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [row["file"] for row in rows] == ["'=dark.png", "red.png", "green.png", "'+cmd.png"]
    assert rows[2]["A says"] == "'=green"
    assert rows[3]["problem"] == "is cut short"
    assert rows[3]["A says"] == ""
    for row in rows[:3]:
        assert float(row["A: =green"]) + float(row["A: red"]) == pytest.approx(1, abs=1e-5)
        assert max(float(row["A: =green"]), float(row["A: red"])) == pytest.approx(
            float(row["A certainty"]), abs=1e-5
        )
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_notes_on_many_count_what_the_table_shows(predicted):
    _, networks, found = predicted
    known = [Prediction(one.name, one.probabilities, one.pooled, "red") for one in found]
    train = np.stack([one.pooled for one in found])
    rows = many.table(known, networks, Familiarity.of(train, train))
    said = " ".join(many.notes(rows, networks))
    assert "A is less than 80% certain of 1 of 3 pictures." in said
    assert "Of those it is right about 1, of the other 2 about 1." in said
    assert "The networks agree on all of them." in said


# Figures


def test_figures_draw_every_class_and_both_lines():
    bars = probability_bars(likeliest(np.array([0.2, 0.8]), CAT_OR_DOG), "#123456", "light").to_dict()
    assert [row["class"] for row in next(iter(bars["datasets"].values()))] == ["dogs", "cats"]
    usual = np.sort(RANDOM.random(50))
    histogram = distance_histogram(usual, 0.9, 1.4, "dark").to_dict()
    texts = {row["text"] for rows in histogram["datasets"].values() for row in rows if "text" in row}
    assert texts == {"5% lie farther", "this picture"}
    counted = [row["images"] for rows in histogram["datasets"].values() for row in rows if "images" in row]
    assert sum(counted) == 50


def test_the_code_listing_names_the_runs_size_scaling_and_output():
    two = predict_code(with_setting(digits_quick(), "data.image_size", 96), CAT_OR_DOG)
    assert "\nSIZE = 96\n" in two
    assert "np.hstack([1 - second, second])" in two
    ten = predict_many_code(with_setting(digits_quick(), "base.scaling", "0..1"), tuple("0123456789"))
    assert "the model scales pixels to 0..1" in ten
    assert "second" not in ten
    assert "LEVELS" not in two + ten


def test_the_code_listing_reads_16_bits_by_the_range_that_the_network_learned():
    for write in (predict_code, predict_many_code):
        assert "\nLEVELS = (7300, 8200)" in write(digits_quick(), CAT_OR_DOG, (7300, 8200))


# Real weights


class Predicting(TinyRun):
    """64 px, fine-tuned from Conv_1; and lenses of it and of the base."""

    def __init__(self, home):
        from core.method.lens import Lens, maps_options

        super().__init__(home, {
            "data.limit": 400, "feature_extraction.epochs": 0, "fine_tuning.epochs": 1,
            "fine_tuning.unfreeze_from": 151, "fine_tuning.learning_rate": 1e-3,
        })  # fmt: skip
        self.pretrained = Lens(*self.study("lenses", maps=True))
        lens = Lens(*self.study("lenses", **maps_options(self.config, self.run, "fine_tuning")))
        head = Head.of_run(self.store, self.run, "fine_tuning")
        self.network = Network("A", self.dataset.classes, lens, head)
        self.familiarity = Familiarity.of(self.pooled(self.splits.train), self.pooled(self.splits.validation))

    def pooled(self, positions) -> np.ndarray:
        """Features by the pretrained network, as the study `maps` gives them."""
        return self.pretrained.look(np.asarray(self.splits.pixels[positions]), ("pooled",))["pooled"]

    def file(self, number) -> bytes:
        """A validation image as a PNG file, as its owner would send it."""
        name = self.splits.names[self.splits.validation[number]]
        at = next(i for i, item in enumerate(self.dataset.items) if item.name == name)
        buffer = io.BytesIO()
        self.dataset.image(at).save(buffer, "PNG")
        return buffer.getvalue()

    def unusual(self, pixels) -> int:
        pooled = self.pretrained.look(np.asarray(pixels), ("pooled",))["pooled"]
        return sum(map(self.familiarity.unusual, self.familiarity.distances(pooled)))


@pytest.fixture(scope="module")
def world(tmp_path_factory, request):
    request.getfixturevalue("tensorflow_configured")
    return Predicting(tmp_path_factory.mktemp("predict"))


@pytest.mark.tensorflow
def test_a_validation_images_file_gets_the_probabilities_that_the_run_stored(world):
    stored = world.store.arrays(world.run)["fine_tuning/validation"]
    for number in range(8):
        pixels = images.squash(decode_upright(world.file(number), "digit.png"), 64)
        seen = answer(world.network, pixels)
        np.testing.assert_allclose(seen.probabilities, stored[number], atol=1e-4)
        assert seen.evidence.shape == (2, 2)


@pytest.mark.tensorflow
def test_photos_are_unlike_digits_and_held_out_digits_are_not(world):
    photos = np.stack([sample_photos.photo(name, 64) for name in sample_photos.TITLES])
    assert world.unusual(photos) == len(photos) == 4
    held_out = world.splits.pixels[world.splits.test]
    assert world.unusual(held_out) <= 0.15 * len(held_out)


@pytest.mark.tensorflow
def test_the_code_on_the_page_predicts_what_the_page_says(world, tmp_path, monkeypatch, capsys):
    import keras

    monkeypatch.setattr(keras.models, "load_model", functools.cache(keras.models.load_model))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.keras").write_bytes((world.store.path(world.run) / "model.keras").read_bytes())
    (tmp_path / "photos").mkdir()
    for number in range(3):
        Image.open(io.BytesIO(world.file(number))).convert("RGB").save(
            tmp_path / "photos" / f"{number}.jpg", "PNG"
        )
    (tmp_path / "photo.jpg").write_bytes(world.file(0))
    stored = world.store.arrays(world.run)["fine_tuning/validation"]
    for code, expected in ((predict_code, stored[0]), (predict_many_code, stored[:3])):
        names = {}
        exec(code(world.config, world.dataset.classes), names)
        np.testing.assert_allclose(names["probabilities"], expected, atol=1e-4)
    first = capsys.readouterr().out.splitlines()[-3]
    assert first.startswith(f"{int(stored[:3].max(axis=1).argmin())}.jpg")
