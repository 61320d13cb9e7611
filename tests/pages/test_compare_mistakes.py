"""The Mistakes view of Compare: groups are the verdict's, pictures the run's, evidence is Grad-CAM's."""

import numpy as np
import pytest

from core.compare import networks
from core.config import with_setting
from core.data import datasets
from core.explain.studies import Study
from core.method import lens
from core.presets import first_visit
from core.wording.words import run_names
from pages.ui import by_class
from tests import fakes
from tests.pages.conftest import RATE, said
from tests.telling import tells

FROM_98 = with_setting(first_visit(), "fine_tuning.unfreeze_from", 98)
LENS = {"maps": True}


@pytest.fixture
def trained(finish, store):
    """Store a finished run on the digits as they are: `trained(config)`."""

    def train(config, **how):
        summary = datasets.summarize(datasets.find("digits", store.home), config.data)
        return finish(config, split_key=summary.split_key, **how)

    return train


@pytest.fixture
def mistakes(open_page):
    def open_view(**query):
        app = open_page("compare", **query)
        app.segmented_control(key="compare_view").set_value("mistakes").run()
        assert not app.exception, app.exception[0].message
        return app

    return open_view


def tiles(app):
    return [button for button in app.button if button.key and button.key.startswith("closer-")]


def choose_all(app, store):
    """Compare every network there is, oldest first."""
    runs = store.list_runs()
    app.multiselect(key="compared").set_value([*networks.networks(runs, run_names(runs))][::-1]).run()
    assert not app.exception, app.exception[0].message


def group(app, name):
    app.segmented_control(key="disagreement-2").set_value(name).run()
    assert not app.exception, app.exception[0].message


def test_the_groups_count_what_the_verdict_counts(trained, mistakes):
    trained(first_visit())  # fine-tuning fixes 38, breaks 12, and 42 stay wrong
    app = mistakes()
    offered = list(app.segmented_control(key="disagreement-2").options)
    assert offered == ["fixed 38", "broke 12", "both wrong 42", "mistakes of Control 80",
                       "mistakes of A 54", "all 500"]  # fmt: skip
    assert "fixed 38" in said(app)


def test_tiles_come_a_dozen_a_page_and_every_image_is_on_one(trained, mistakes):
    trained(first_visit())
    app = mistakes()
    seen = [tile.key for tile in tiles(app)]
    assert len(seen) == 12
    while not app.button(key="tiles-next").disabled:
        app.button(key="tiles-next").click().run()
        seen += [tile.key for tile in tiles(app)]
    assert sorted(int(key.removeprefix("closer-")) for key in seen) == list(range(38))
    assert "37 to 38 of 38" in said(app)


def test_each_group_shows_its_own_images(trained, mistakes):
    trained(first_visit())
    app = mistakes()
    group(app, "broke")
    assert sorted(int(tile.key.removeprefix("closer-")) for tile in tiles(app)) == list(range(200, 212))
    assert "Control right, A wrong" in said(app)


def test_a_group_without_images_says_so(trained, mistakes):
    alike = fakes.wrong_answers(0, 5)
    trained(first_visit(), frozen_wrong=alike, tuned_wrong=alike, control_wrong=alike)
    app = mistakes()
    assert "no such image" in said(app)
    assert tiles(app) == []
    group(app, "both wrong")
    assert len(tiles(app)) == 5


def test_a_run_alone_shows_its_mistakes(trained, mistakes):
    trained(first_visit().first_phase_only())
    app = mistakes()
    assert "What it gets wrong" in said(app)
    groups = app.segmented_control(key="disagreement-1")
    assert list(groups.options) == ["mistakes of A 80", "all 500"]
    groups.set_value("all").run()
    assert len(tiles(app)) == 12


def test_of_three_networks_a_pair_is_chosen(trained, store, mistakes):
    trained(first_visit())
    trained(FROM_98)
    app = mistakes()
    choose_all(app, store)
    app.selectbox(key="pair-first").set_value("A · feature extraction").run()
    second = app.selectbox(key="pair-second")
    assert "A · feature extraction" not in second.options
    second.set_value(f"B · from block 11 · {RATE}").run()
    assert "A wrong, B right" in said(app)
    assert len(tiles(app)) == 12
    app.selectbox(key="pair-first").set_value(f"B · from block 11 · {RATE}").run()  # the second's own
    assert not app.exception
    assert app.selectbox(key="pair-second").value != f"B · from block 11 · {RATE}"


def test_networks_checked_on_other_images_are_not_paired_and_it_says_why(trained, finish, store, mistakes):
    trained(first_visit().first_phase_only())
    other = with_setting(first_visit().first_phase_only(), "data.split_seed", 7)
    finish(other, split_key="split-v1-00000000000000bb")
    app = mistakes()
    choose_all(app, store)
    assert tells(said(app), "different images")
    assert tiles(app) == []


def test_of_two_versions_of_a_set_the_images_that_both_have_are_counted_and_shown(finish, store, mistakes):
    digits, data = datasets.find("digits", store.home), first_visit().data
    today, rows = datasets.split_key(digits, data), datasets.split(digits, data)["validation"]
    here = digits.image_ids[rows]
    before = np.concatenate([np.arange(100, dtype=np.uint64), here[:400]])  # 100 were left out since
    older, newer = first_visit().first_phase_only(), with_setting(first_visit(), "seed", 7).first_phase_only()
    for config, split, images, wrong in [
        (older, "split-v1-00000000000000bb", before, fakes.wrong_answers(90, 30)),
        (newer, today, here, fakes.wrong_answers(10, 25)),
    ]:
        key = finish(config, control=False, split_key=split, frozen_wrong=wrong)
        store.save(store.load(key), store.arrays(key) | {"images/validation": images}, {})
    app = mistakes()
    choose_all(app, store)
    assert "the 400 validation images that both have under the same label" in said(app)
    offered = list(app.segmented_control(key="disagreement-2").options)
    assert offered == ["fixed 10", "broke 15", "both wrong 10", "mistakes of A 20", "mistakes of B 25",
                       "all 400"]  # fmt: skip
    assert "fixed 10, broke 15" in said(app).replace("**", "")
    group(app, "all")
    names = [digits.items[position].name.rpartition("/")[2] for position in rows[:12]]
    assert [tile.label for tile in tiles(app)] == names


def test_images_that_changed_since_the_run_are_not_shown_as_its_own(finish, mistakes):
    finish(first_visit())  # a split that is not that of the digits at hand
    app = mistakes()
    assert "have changed since" in said(app)
    assert tiles(app) == []


def test_the_test_images_are_looked_at_once_they_are_opened(trained, store, mistakes):
    trained(first_visit())
    split = store.list_runs()[0].result.dataset.split_key
    store.open_test(split, 1)
    app = mistakes(checked_on="test")
    assert len(tiles(app)) == 12
    assert f"{fakes.TEST_IMAGES} test images" in said(app)


# Looking closer


def queued(store):
    return [store.study(path.name) for path in store.runs.iterdir() if path.name.startswith("study-")]


def test_networks_are_opened_when_a_picture_is_picked_and_not_before(trained, store, mistakes):
    trained(first_visit())
    app = mistakes()
    assert queued(store) == []
    offer = next(b for b in app.button if b.label.startswith("Show where the evidence lies · about "))
    assert offer is not None
    tiles(app)[3].click().run()
    assert queued(store) == [{"kind": "lenses", "options": LENS}]


def test_a_picked_picture_is_shown_with_its_class_and_both_answers(trained, mistakes):
    trained(first_visit())
    app = mistakes()
    tile = tiles(app)[3]
    row = int(tile.key.removeprefix("closer-"))
    tile.click().run()
    assert f"True class: {row % 10}" in said(app)
    chips = "".join(element.proto.body for element in app.get("html"))
    assert f"✗ Control: <b>{(row + 1) % 10}" in chips
    assert f"✓ A: <b>{row % 10}" in chips


class TwoChannels:
    """An interpreter in place of a converted network's: of 1,280 channels the first is active in the upper
    left of 2 x 2 places, the second in the lower right."""

    def __init__(self, content: bytes):
        self.maps = np.zeros((1, 2, 2, 1280), np.float32)
        self.maps[0, 0, 0, 0] = self.maps[0, 1, 1, 1] = 4.0

    def get_input_details(self):
        return [{"index": 0}]

    def get_output_details(self):
        return [{"index": 0}, {"index": 1}]

    def set_tensor(self, index, value):
        assert value.shape == (1, 64, 64, 3)

    def invoke(self):
        pass

    def get_tensor(self, index):
        return self.maps if index == 0 else self.maps.mean(axis=(1, 2))


@pytest.fixture
def two_heads(trained, store, monkeypatch):
    """Runs A and B on one backbone: the head of A counts the first channel for every class, B's the second
    and for class 0 nothing."""
    monkeypatch.setattr(lens, "_interpreter", TwoChannels)
    for channel, rate in enumerate((1e-3, 1e-2)):
        config = with_setting(first_visit().first_phase_only(), "feature_extraction.learning_rate", rate)
        wrong = fakes.wrong_answers(0, 20) if channel == 0 else fakes.wrong_answers(10, 5)
        key = trained(config, frozen_wrong=wrong)
        kernel = np.zeros((1280, 10), np.float32)
        kernel[channel] = 1.0
        kernel[1, 0] = -1.0
        head = {"feature_extraction/head/0": kernel, "feature_extraction/head/1": np.zeros(10, np.float32)}
        np.savez(store.path(key) / "arrays.npz", **store.arrays(key), **head)
    asked = Study("lenses", config, LENS)
    key = asked.key(datasets.find("digits", store.home))
    store.create(key, config)
    record = {"outputs": ["out_relu", "pooled"], "image_size": 64, "scaling": "-1..1"}
    store.save_study(key, record, {"model": np.zeros(1, np.uint8)})


def test_the_evidence_of_each_network_is_told_by_place(two_heads, mistakes):
    app = mistakes()
    tile = next(tile for tile in tiles(app) if tile.key == "closer-1")  # a 1; A says 2
    tile.click().run()
    assert tells(said(app), "A ", "for 2", "upper left")
    assert tells(said(app), "B ", "for 1", "lower right")
    assert "2 × 2 places" in said(app)


def test_evidence_for_the_true_class_can_be_asked_for_and_may_be_none(two_heads, mistakes):
    app = mistakes()
    next(tile for tile in tiles(app) if tile.key == "closer-0").click().run()
    app.segmented_control(key="evidence-for").set_value("The true class").run()
    assert not app.exception
    assert tells(said(app), "A ", "for 0", "upper left")
    assert "**B** finds nothing that speaks for 0" in said(app)


def test_of_many_classes_the_matrix_has_those_taken_for_one_another(trained, mistakes, monkeypatch):
    trained(FROM_98)
    monkeypatch.setattr(by_class, "MOST_CLASSES", 9)
    monkeypatch.setattr(by_class, "SHOWN", 4)
    app = mistakes()
    assert " of 10 classes most often taken for one another" in said(app)
