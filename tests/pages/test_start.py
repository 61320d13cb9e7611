"""Start: one question, one picture, one button; then three networks and what they are worth."""

import numpy as np
import pytest
from PIL import Image

from core.config import with_setting
from core.data import datasets
from core.data.downloads import DOWNLOADS
from core.data.watched import WATCHED
from core.errors import DatasetError
from core.explain.studies import Study
from core.method.device import note
from core.presets import first_visit
from core.results import to_plain
from core.running import jobs
from core.statistics.verdict import Verdict
from pages.ui import services
from pages.ui.predict.networks import imagenet_study
from pages.ui.start import comparison
from tests import fakes
from tests.fakes import wrong_answers
from tests.pages.conftest import RECIPE, TRAINING_DIGITS, key_of, said
from tests.telling import tells

SCRATCH = RECIPE.without_transfer()
CONTROL = RECIPE.control()


def alts(app) -> list[str]:
    """What those who cannot see the watched images are told of them."""
    told = [image.proto.imgs[0].alt for image in app.get("image")]
    return [text for text in told if text.startswith("An image of class")]


def keys(app) -> set[str]:
    return {button.key for button in app.button}


@pytest.fixture
def three(finish):
    """All three networks, finished; fine-tuning fixes 38 and breaks 12 of what its control gets right."""
    finish(CONTROL)
    return finish(RECIPE), finish(SCRATCH, tuned_wrong=wrong_answers(0, 200))


@pytest.fixture
def pictures(tmp_path):
    """Makes a folder of one's own, a colour a class, and gives its path: `pictures({"red": 12})`."""

    def make(counts: dict[str, int]) -> str:
        for at, (name, count) in enumerate(counts.items()):
            for number in range(count):
                path = tmp_path / "mine" / name / f"{number}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.new("RGB", (40, 40), (at % 256, at // 256, number % 256)).save(path)
        return str(tmp_path / "mine")

    return make


def use(app, folder: str):
    app.text_input(key="own_path").set_value(folder).run()
    app.button(key="use-own").click().run()
    assert not app.exception
    return app


# Before the press


def test_a_first_visit_asks_one_question_and_offers_one_priced_button(open_page):
    app = open_page()
    each = TRAINING_DIGITS // 10
    assert tells(said(app), "None of this network's 1,000 classes is a digit", f"from {each} examples each?")
    assert app.button(key="ask-run").label.startswith("Train all three · about ")
    assert app.button_group(key="first-guess-digits").value is None


def test_nine_images_stand_there_at_once_and_the_network_is_asked_what_it_calls_them(open_page, store):
    app = open_page()
    assert len(alts(app)) == WATCHED
    assert all("not been asked yet" in text for text in alts(app))
    assert "is being opened" in said(app)
    key = imagenet_study(RECIPE).key(datasets.find("digits", store.home))
    assert jobs.waiting(store) == [key]
    open_page()
    assert jobs.waiting(store) == [key]
    jobs.request_stop(store, key)
    app.run()
    assert "What the pretrained network calls them is not here: Stopped" in said(app)
    assert jobs.waiting(store) == [], "it is asked for once"


class Guesser:
    """In place of the pretrained network."""

    def look(self, pixels, wanted):
        return {"pooled": np.zeros((len(pixels), 1280), np.float32)}


def test_what_the_network_calls_them_stands_below_them(open_page, store, monkeypatch):
    study = imagenet_study(RECIPE)
    key = study.key(datasets.find("digits", store.home))
    store.create(key, study.config, {"kind": "lenses", "options": study.options})
    store.save_study(key, {"outputs": ["pooled"]}, {"model": np.zeros(1, np.uint8)})
    monkeypatch.setattr("pages.ui.study.opened", lambda found: Guesser())
    monkeypatch.setattr(
        "pages.ui.start.tiles.imagenet_probabilities", lambda pooled: np.eye(1000)[[916] * len(pooled)]
    )
    app = open_page()
    assert all("calls it web site, 100%" in text for text in alts(app))
    assert "itself calls them, at 224 px" in said(app)


def test_where_from_scratch_takes_long_the_button_leaves_it_out_and_says_so(open_page, store, monkeypatch):
    monkeypatch.setattr(comparison, "LONG", 1.0)
    app = open_page()
    assert app.button(key="ask-run").label.startswith("Train frozen and fine-tuned · about ")
    assert tells(said(app), "From scratch would take about", "is offered afterwards")
    app.button(key="ask-run").click().run()
    assert jobs.waiting(store)[1:] == [key_of(RECIPE, store)]


def test_a_store_that_cannot_be_asked_leaves_question_images_and_button(open_page, monkeypatch):
    def refuse(*_):
        raise DatasetError("No place.", fix="Make room.")

    monkeypatch.setattr("pages.ui.study.quietly", refuse)
    app = open_page()
    assert "is not here: No place. Make room." in said(app)
    assert len(alts(app)) == WATCHED
    assert app.button(key="ask-run")


# While they learn


def test_pressing_it_queues_both_runs_and_turns_it_into_stop(open_page, store):
    app = open_page()
    app.button(key="ask-run").click().run()
    assert jobs.waiting(store)[1:] == [key_of(RECIPE, store), key_of(SCRATCH, store)]
    assert app.session_state["shown_run"] == key_of(RECIPE, store)
    assert app.button(key="stop-run").label == "Stop"
    assert "ask-run" not in keys(app)
    assert len(app.get("vega_lite_chart")) == 1, "the axis stands before the first epoch is in"
    assert all("feature extraction has said nothing yet" in text for text in alts(app))


def begin(store, config) -> str:
    """A run in its second phase, with answers for the watched images."""
    key = key_of(config, store)
    jobs.enqueue(store, key, config)
    while jobs.next_job(store) != key:
        pass
    store.set_status(key, "running")
    store.append(key, "phase", name="feature_extraction", epochs=10)
    for epoch in fakes.epochs(10, 0.5, 0.75):
        store.append(key, "answers", epoch=epoch.epoch, said=[0] * WATCHED, sure=[0.5] * WATCHED)
        store.append(key, "epoch", **to_plain(epoch))
    store.append(key, "phase", name="fine_tuning", epochs=10)
    return key


def test_each_image_carries_every_networks_answer_of_the_moment(open_page, store):
    begin(store, RECIPE)
    jobs.enqueue(store, key_of(SCRATCH, store), SCRATCH)
    first, second = alts(open_page())[:2]
    assert "feature extraction says 0, 50% sure, right" in first
    assert "feature extraction says 0, 50% sure, wrong" in second
    assert "fine-tuning has said nothing yet" in first


@pytest.mark.parametrize("told", [[0], [99] * WATCHED, [-1] * WATCHED, []])
def test_answers_of_another_kind_of_log_are_no_answers(open_page, store, told):
    key = begin(store, RECIPE)
    store.append(key, "answers", epoch=11, said=told, sure=[0.5] * len(told))
    assert "fine-tuning has said nothing yet" in alts(open_page())[-1]


def test_a_frozen_network_that_was_trained_before_answers_from_the_store(open_page, store, finish):
    finish(RECIPE.first_phase_only(), frozen_wrong=wrong_answers(0, 1))
    jobs.enqueue(store, key_of(RECIPE, store), RECIPE)
    first, second = alts(open_page())[:2]
    assert "feature extraction says 1" in first
    assert "feature extraction says 1, 90% sure, right" in second


def test_stop_takes_waiting_runs_out_of_the_queue(open_page, store):
    app = open_page()
    app.button(key="ask-run").click().run()
    app.button(key="stop-run").click().run()
    assert len(jobs.waiting(store)) == 1, "only the look at the pretrained network is left"
    assert app.warning[0].value.startswith("Stopped")
    assert app.button(key="ask-run").label.startswith("Go on: train all three")


# Afterwards


def test_the_verdicts_are_told_against_the_control_and_against_from_scratch(open_page, three):
    text = said(open_page())
    assert tells(text, "against the same head trained as long", 38, 12, 500, Verdict.BETTER)
    assert tells(text, "Feature extraction against from scratch", 120, 0, 500, Verdict.BETTER)
    assert tells(text, "Fine-tuning against from scratch", 158, 12, 500, Verdict.BETTER)
    assert tells(text, 420, 500)
    assert "86.2 to 91.6%".replace(" ", "\u00a0") in text


def test_the_images_carry_the_answers_that_are_stored(open_page, three):
    assert all("fine-tuning says" in text and "right" in text for text in alts(open_page()))
    assert all(text.count("wrong") == 2 for text in alts(open_page()))


@pytest.mark.parametrize(
    ("guess", "answer"),
    [("fine_tuning", "right."), ("from_scratch", "wrong, fine-tuning is better."), (None, "")],
)
def test_the_guess_is_answered(open_page, store, finish, guess, answer):
    app = open_page()
    if guess is not None:
        app.button_group(key="first-guess-digits").set_value(guess).run()
    for config in (CONTROL, RECIPE):
        finish(config)
    finish(SCRATCH, tuned_wrong=wrong_answers(0, 200))
    app.run()
    assert ("You said" in said(app)) == bool(answer)
    assert answer in said(app)
    assert all(group.key != "first-guess-digits" for group in app.button_group)


def test_later_runs_do_not_take_its_place(open_page, three, finish):
    finish(with_setting(RECIPE, "fine_tuning.unfreeze_from", 98), tuned_wrong=wrong_answers(0, 499))
    app = open_page()
    assert tells(said(app), "Fine-tuning against from scratch", 158, 12, 500, Verdict.BETTER)
    app.session_state["chosen_augmentation"] = {"digits": datasets.defaults("digits")}
    app.run()
    assert tells(said(app), "Fine-tuning against from scratch", 158, 12, 500, Verdict.BETTER)


def test_without_the_third_network_it_is_offered_with_its_price(open_page, store, finish):
    finish(CONTROL)
    finish(RECIPE)
    app = open_page()
    assert app.button(key="ask-scratch").label.startswith("Train from scratch · about ")
    assert "ask-run" not in keys(app)
    app.button(key="ask-scratch").click().run()
    assert jobs.waiting(store) == [key_of(SCRATCH, store)]
    assert app.button(key="stop-run")
    assert tells(said(app), "against the same head trained as long", Verdict.BETTER)


def test_the_cat_is_shown_to_the_fine_tuned_network(open_page, three, store):
    app = open_page()
    app.button(key="show-photo").click().run()
    app.switch_page("pages/predict.py").run()  # in a browser the press does that, too
    digits = key_of(RECIPE, store).rpartition("-")[2]
    assert app.multiselect(key="predict-networks-digits").value == [f"{digits}.tuned"]
    assert app.button_group(key="predict_photo").value == "chelsea"


# Pretrained or random


def probed(store, pretrained: int, random: int) -> None:
    study = Study("pretrained_or_random", RECIPE)
    key = study.key(datasets.find("digits", store.home))
    right = {name: ~wrong_answers(0, 500 - n) for name, n in (("pretrained", pretrained), ("random", random))}
    scores = {
        name: {"correct": int(found.sum()), "n": 500, "interval": [0.1, 0.9]} for name, found in right.items()
    }
    record = {"train": 200, "validation": 500, "probes": scores, "commonest": 0.1}
    store.create(key, RECIPE, {"kind": study.kind, "options": {}})
    store.save_study(key, record, {f"{name}_right": found for name, found in right.items()})


def test_pretrained_or_random_is_asked_after_the_first_run(open_page, three, store):
    app = open_page()
    assert app.button(key="ask-pretrained_or_random").label.startswith("Pretrained or random? · about ")
    app.button(key="ask-pretrained_or_random").click().run()
    assert len(jobs.waiting(store)) == 1


@pytest.mark.parametrize(
    ("pretrained", "random", "verdict"),
    [
        (400, 300, Verdict.BETTER),
        pytest.param(300, 400, Verdict.WORSE, marks=pytest.mark.soak),
        pytest.param(400, 399, Verdict.CANNOT_TELL, marks=pytest.mark.soak),
    ],
)
def test_the_probes_stand_there_with_intervals_and_verdict(
    open_page, three, store, pretrained, random, verdict
):
    probed(store, pretrained, random)
    app = open_page()
    assert tells(said(app), f"{pretrained} of 500, 95% interval", f"{random} of 500, 95% interval", verdict)
    lab = open_page("lab_questions")
    assert tells(said(lab), f"{pretrained} of 500, 95% interval", verdict)
    app.button(key="probes-by-depth").click().run()
    app.switch_page("pages/bottleneck_features.py").run()
    assert app.button_group(key="features_view").value == "depth"


# Other images, and bad ones


def test_a_folder_of_ones_own_has_its_own_question(open_page, pictures):
    folder = pictures({"blue": 12, "red": 12})
    app = use(open_page(), folder)
    assert app.selectbox(key="data").value == folder
    text = said(app)
    assert tells(text, "None of this network's 1,000 classes is called “blue” or “red”", "8 examples each?")
    assert "2 classes (blue, red)" in text
    assert "the rarest class here has 8 training images" in text
    assert len(alts(app)) == 4, "there are no more to check on"
    again = open_page(data=folder)  # a reload: the same address in a session of its own
    assert again.selectbox(key="data").value == folder


def test_of_many_classes_nine_are_shown_and_the_page_says_so(open_page, pictures):
    app = use(open_page(), pictures({f"c{number:03d}": 4 for number in range(60)}))
    assert len(alts(app)) == WATCHED
    assert tells(said(app), 9, "of the", 60, "classes have a picture here")
    assert app.button(key="ask-run")


def test_too_few_images_to_divide_are_told_and_the_rest_of_the_page_stays(open_page, pictures):
    app = use(open_page(), pictures({"blue": 12, "red": 2}))
    assert "too few images" in app.error[0].value
    assert len(app.error) == 1
    assert app.code
    assert app.button(key="add-photos")


def test_one_class_only_is_refused_in_words(open_page, pictures):
    app = open_page()
    app.text_input(key="own_path").set_value(pictures({"blue": 5})).run()
    app.button(key="use-own").click().run()
    assert not app.exception
    assert "only one class" in app.error[0].value
    assert app.selectbox(key="data").value == "digits"


def test_pictures_that_are_gone_are_grey_and_named(open_page, pictures, tmp_path):
    folder = pictures({"blue": 12, "red": 12})
    app = use(open_page(), folder)
    for path in (tmp_path / "mine" / "red").iterdir():
        path.write_bytes(b"")
    services.st.cache_data.clear()
    app.run()
    assert not app.exception
    assert tells(said(app), "Grey stands for pictures that cannot be read any more", "red")
    assert len(alts(app)) == 4


def test_a_set_that_is_gone_gives_way_to_the_digits(open_page, pictures, tmp_path):
    folder = pictures({"blue": 12, "red": 12})
    app = use(open_page(), folder)
    (tmp_path / "mine").rename(tmp_path / "away")
    app.run()
    assert not app.exception
    assert app.selectbox(key="data").value == "digits"


# Closed, below


def test_the_handle_moves_the_price_and_trains_nothing(open_page, store):
    app = open_page()
    app.select_slider(key="unfreeze").set_value(154).run()
    assert "**12,810** of 2.27 M numbers will change" in said(app)
    assert store.list_runs() == []


def test_every_layer_keeps_the_place_of_the_handle(open_page):
    app = open_page()
    app.toggle(key="every_layer").set_value(True).run()
    assert app.select_slider(key="layer").value == 116
    app.select_slider(key="layer").set_value(118).run()
    app.toggle(key="every_layer").set_value(False).run()
    assert app.select_slider(key="unfreeze").value == 116


def test_nonsense_in_the_address_gives_the_defaults(open_page):
    app = open_page(unfreeze="block 99", data="nothing", every_layer="perhaps", seed="x")
    assert app.select_slider(key="unfreeze").value == 116
    assert app.selectbox(key="data").value == "digits"


def test_a_wrong_folder_is_told_beside_the_field_and_changes_nothing(open_page):
    app = open_page()
    app.text_input(key="own_path").set_value("/no/such/folder").run()
    app.button(key="use-own").click().run()
    assert "/no/such/folder does not exist." in app.error[0].value
    assert app.selectbox(key="data").value == "digits"


def test_fetching_cats_and_dogs_says_size_and_licence_first(open_page):
    app = open_page()
    assert app.button(key="fetch-cats").label.endswith("68.6 MB")
    assert "Licence: " in said(app)


def test_a_failed_download_is_told_beside_its_button(open_page, monkeypatch):
    def no_network(name, home, report=None, should_stop=None):
        raise DatasetError("There is no network.", fix="Put the file into a folder named by THAW_DATA.")

    monkeypatch.setattr(datasets, "download", no_network)
    app = open_page()
    app.button(key="fetch-cats").click().run()
    app.run()
    assert "There is no network. Put the file" in app.error[0].value


def test_cats_and_dogs_that_are_here_are_one_click_away(open_page, tmp_path, monkeypatch):
    folder = tmp_path / "data" / DOWNLOADS["cats_and_dogs"].file_name.removesuffix(".zip")
    for name in ("cats", "dogs"):
        for number in range(10):
            path = folder / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (40, 40), (number, 40 * len(name), 9)).save(path)
    monkeypatch.setenv("THAW_DATA", str(tmp_path / "data"))
    app = open_page()
    app.button(key="use-cats").click().run()
    assert app.selectbox(key="data").value == "cats_and_dogs"
    assert app.select_slider(key="unfreeze").value == 100, "the controls follow the data set"


def test_the_quiet_line_names_device_weights_and_data(open_page, store):
    note(store, "CPU, 2 threads")
    assert tells(
        said(open_page()), "CPU, 2 threads", "1.28 million ImageNet photos", "Handwritten digits", 5000
    )


def test_the_job_line_stands_on_every_page(open_page, store):
    jobs.enqueue(store, key_of(first_visit(), store), first_visit())
    for name in ("start", "layers", "compare"):
        captions = [caption.value for caption in open_page(name).sidebar.caption]
        assert any("waiting, 1st in line" in text for text in captions), name


def test_after_it_the_transfer_is_on_stage_and_not_the_network_from_scratch(open_page, finish):
    key = finish(first_visit())
    finish(first_visit().without_transfer())
    assert "Run A" in said(open_page("fine_tuning"))
    app = open_page("compare")
    assert app.multiselect(key="compared").value[-1] == f"{key.rpartition('-')[2]}.tuned"
