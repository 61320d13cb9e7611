"""The page What mattered?: what it costs before the press, what it says after it, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest

from core.concepts.robustness_notes import claims_frame
from core.data.datasets import split
from core.explain import mixes
from core.explain.mixes import MIXES
from core.explain.robustness import at_once_config
from core.explain.studies import Study
from core.presets import first_visit
from core.running import jobs
from pages.ui import look
from tests import fakes
from tests.pages.conftest import said
from tests.pages.test_predict import BROKEN
from tests.sayings.mattered import compared, dialled, dialled_arrays, rewound, shifted

BASE = first_visit()


def asks(app) -> list:
    """The priced buttons on the page."""
    return [button for button in app.button if (button.key or "").startswith("ask-")]


@pytest.fixture
def keep(store, digits):
    """Keep a study of a run as the worker would: `keep("rewind", key, record, order="alone")`."""

    def keep_it(kind: str, run_key: str, record: dict, arrays: dict | None = None, config=BASE, **options):
        fakes.keep_study(store, Study(kind, config, {"run": run_key, **options}), digits, record, arrays)

    return keep_it


def test_without_a_run_it_holds_the_button_that_trains_one_with_its_price(open_page):
    app = open_page("what_mattered")
    assert "Nothing to look into yet" in said(app)
    assert "about" in app.button(key="ask-run").label


def test_before_the_press_rewind_says_how_many_blocks_and_what_they_take(open_page, finish):
    finish(BASE)
    (button,) = asks(open_page("what_mattered"))
    assert "Put 5 blocks back, each block alone" in button.label
    assert "about" in button.label


def test_the_press_queues_the_study_of_that_run(open_page, finish, store):
    key = finish(BASE)
    app = open_page("what_mattered", rewind_order="top")
    asks(app)[0].click().run()
    assert not app.exception
    (line,) = jobs.turns.lines(store)
    assert store.study(line.run_key) == {
        "kind": "rewind", "options": {"run": key, "order": "top", "what": "both"},
    }  # fmt: skip
    assert any((button.key or "").startswith("stop-rewind") for button in app.button)


def test_a_rewind_is_told_with_its_doubt_and_in_a_table(open_page, finish, keep):
    key = finish(BASE)
    keep("rewind", key, rewound("one stands out"), order="alone", what="both")
    app = open_page("what_mattered")
    assert "without block 13's change the network loses most: +6.0 points" in said(app)
    assert "+4.0 to +8.0" in said(app)
    assert not asks(app)


def test_no_order_is_told_where_intervals_overlap(open_page, finish, keep):
    key = finish(BASE)
    keep("rewind", key, rewound("overlap"), order="alone", what="both")
    assert "Which matters most cannot be told" in said(open_page("what_mattered"))


def test_a_network_at_chance_has_nothing_to_lose_and_nothing_is_drawn(open_page, finish, keep):
    key = finish(BASE)
    keep("rewind", key, rewound("overlap", accuracy=0.11), order="alone", what="both")
    app = open_page("what_mattered")
    assert "there is nothing that a block could lose" in said(app)
    assert not app.get("vega_lite_chart")


@pytest.mark.parametrize("view", ["rewind", "dial", "shift"])
def test_a_run_that_learned_nothing_is_not_taken_apart(open_page, finish, store, view):
    key = finish(BASE)
    result = store.load(key)
    phases = [
        replace(phase, epochs=tuple(replace(epoch, val_accuracy=0.1) for epoch in phase.epochs))
        for phase in result.phases
    ]
    store.save(replace(result, phases=tuple(phases)), store.arrays(key), {})
    app = open_page("what_mattered", mattered_view=view)
    assert "This run has learned nothing" in said(app)
    assert not asks(app)


def test_statistics_that_were_kept_are_refused_before_anything_is_asked(open_page, finish):
    finish(BASE)
    app = open_page("what_mattered", rewind_what="statistics")
    assert "there is nothing to put back" in said(app)
    assert not asks(app)


@pytest.mark.parametrize(
    ("config", "why"),
    [(BASE.without_transfer(), "random weights"), (BASE.first_phase_only(), "head alone")],
    ids=["from scratch", "head only"],
)
def test_a_run_with_nothing_pretrained_to_put_back_is_refused_in_words(open_page, finish, config, why):
    finish(config)
    app = open_page("what_mattered")
    assert why in said(app)
    assert not app.get("vega_lite_chart")


def test_a_link_opens_the_run_it_names_and_one_that_is_gone_gives_a_note(open_page, finish):
    finish(BASE)
    other = finish(BASE.without_transfer())
    app = open_page("what_mattered", mattered_run=other.rpartition("-")[2])
    assert app.selectbox(key="mattered_run-digits").value == other
    gone = open_page("what_mattered", mattered_run="0123456789abcdef")
    assert "which is no finished run on these images here" in said(gone)


def test_similarity_says_what_pooling_does_and_that_below_the_cut_it_is_1(open_page, finish, keep):
    key = finish(BASE)
    keep("cka", key, compared(116))
    app = open_page("what_mattered", mattered_view="similarity")
    assert "Below the cut it is exactly 1" in said(app)
    assert "averaged over its positions" in said(app)
    assert len(app.get("vega_lite_chart")) == 2


@pytest.mark.parametrize(
    ("config", "stop", "before", "told"),
    [(BASE.without_transfer(), 0, "random", "Least like the random start"),
     (BASE.first_phase_only(), 154, "imagenet", "nothing was thawed")],
    ids=["from scratch", "head only"],
)  # fmt: skip
def test_similarity_is_for_every_kind_of_run(open_page, finish, keep, config, stop, before, told):
    key = finish(config)
    app = open_page("what_mattered", mattered_view="similarity")
    assert "Compare 19 segments on 500 images" in asks(app)[0].label
    keep("cka", key, compared(stop, before), config=config)
    assert told in said(open_page("what_mattered", mattered_view="similarity"))


@pytest.fixture
def dial_of(finish, keep, digits):
    """A run with its dial; the fine-tuned end names the first validation image of class 0 a 9."""

    def make(best: float | None = 0.6) -> str:
        key, labels = finish(BASE), digits.labels[split(digits, BASE.data)["validation"]]
        arrays = dialled_arrays(labels)
        arrays["clean"][MIXES.index(1.0), np.flatnonzero(labels == 0)[0]] = np.eye(10, dtype=np.float32)[9]
        keep("dial", key, dialled(best), arrays, statistics="mixed")
        return key

    return make


@pytest.fixture
def opened(monkeypatch, store, digits):
    """The pretrained network, and mixes of it that name class 3, surer the further the dial stands; what they
    were shown last is given."""
    shown = {}
    fakes.keep_study(
        store, Study("lenses", BASE, {"maps": True}), digits, {}, {"model": np.zeros(1, np.uint8)}
    )

    class Mixed:
        def __init__(self, place: int):
            self.place = place

        def answers(self, pixels: np.ndarray) -> np.ndarray:
            shown["pixels"] = pixels
            sure = 0.4 + 0.04 * self.place
            return np.where(np.arange(10) == 3, sure, (1 - sure) / 9).astype(np.float32)[None].repeat(2, 0)

    monkeypatch.setattr("pages.ui.mattered.dial.weights_of", lambda *args: None)
    monkeypatch.setattr(mixes, "opened", lambda *args: Mixed(args[4]))
    return shown


def test_before_the_press_the_dial_says_how_many_mixes_and_what_they_take(open_page, finish):
    finish(BASE)
    (button,) = asks(open_page("what_mattered", mattered_view="dial"))
    assert "Try 13 mixes" in button.label
    assert "about" in button.label


def test_the_dial_moves_both_numbers_and_the_answer_for_a_photo(open_page, dial_of):
    dial_of()
    app = open_page("what_mattered", mattered_view="dial")
    assert "**The fine-tuned network**: 90.0%" in said(app)
    assert "As it is: ✗ **9**, 100.0%" in said(app)
    app.select_slider(key="dial_place").set_value(0.6).run()
    assert not app.exception
    assert "**A mix of 60%**: 82.0%" in said(app)
    assert "80.0% of them changed" in said(app)
    assert "As it is: ✓ **0**, 91.0%" in said(app)


def test_a_picture_of_ones_own_is_answered_at_every_place_and_a_bad_file_is_refused(
    open_page, dial_of, opened
):
    dial_of()
    app = open_page("what_mattered", mattered_view="dial", dial_source="file")
    grain = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    app.file_uploader(key="dial-file").set_value(("mine.png", look.png(grain), "image/png")).run()
    assert not app.exception
    plain, changed = opened["pixels"]
    assert np.array_equal(plain, grain)
    assert (changed != plain).any()
    assert "As it is: **3**, 80.0%" in said(app)
    assert "Changed: **3**, 80.0%" in said(app)
    app.select_slider(key="dial_place").set_value(0.0).run()
    assert "As it is: **3**, 40.0%" in said(app)
    app.file_uploader(key="dial-file").set_value(BROKEN).run()
    assert not app.exception
    assert "broken\\.png cannot be read" in app.error[0].value
    assert "Still showing mine\\.png." in said(app)
    assert "As it is: **3**, 40.0%" in said(app)


def test_a_mix_that_beats_both_ends_is_told_and_none_where_there_is_none(open_page, dial_of):
    dial_of()
    assert "a mix of 60% beats both ends" in said(open_page("what_mattered", mattered_view="dial"))
    dial_of(None)
    assert "no mix can be told to beat both ends" in said(open_page("what_mattered", mattered_view="dial"))


def test_before_the_press_shift_has_a_price_and_offers_the_run_that_was_tuned_at_once(open_page, finish):
    finish(BASE)
    app = open_page("what_mattered", mattered_view="shift")
    labels = {button.key: button.label for button in asks(app)}
    assert "Train it · about" in labels["ask-at-once"]
    (wanted,) = (label for key, label in labels.items() if key.startswith("ask-robustness"))
    assert "Change 200 images in 5 ways · about" in wanted


def test_shift_tells_the_published_claim_beside_its_own_numbers(open_page, finish, keep):
    key, beside = finish(BASE), finish(at_once_config(BASE), control=False)
    options = {"at_once": beside, "images": 200, "folder": "", "folder_key": ""}
    keep("robustness", key, shifted(), **options)
    app = open_page("what_mattered", mattered_view="shift", shift_kind="noise")
    assert "loses most where images are noisy (deviation 0.38): 10.0 points" in said(app)
    ways = list(claims_frame(shifted())["direction"])
    assert ways == ["same direction", "other direction", "cannot tell", "same direction"]
    assert app.dataframe[0].value["direction"].tolist() == ways


def test_a_second_folder_with_other_classes_is_refused_in_words(open_page, finish, tmp_path):
    from tests.photos import PETS, build

    finish(BASE)
    pets = build(tmp_path / "pets", PETS)
    app = open_page("what_mattered", mattered_view="shift")
    app.session_state["own_data"] = [str(pets)]
    app.run()
    app.selectbox(key="shift_folder").set_value(str(pets)).run()
    assert not app.exception
    assert "classes that this run never learned" in said(app)
    assert not [button for button in asks(app) if button.key.startswith("ask-robustness")]
