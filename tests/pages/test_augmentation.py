"""The Augmentation page: what it shows is what training would draw, and its numbers are the core's."""

from dataclasses import replace

import numpy as np
import pytest

from core.charts.augmentation_charts import value_table
from core.compare.comparison import Model, compare_models
from core.concepts import augmentation_gain
from core.data import datasets, images, sample_photos
from core.explain import feature_shifts
from core.explain.studies import Study
from core.method import augmentation
from core.method.weights import imagenet_labels
from core.presets import first_visit
from core.statistics.verdict import Verdict
from core.transforms import AugmentationConfig
from core.wording.augmentation import to_address
from core.wording.verdicts import augmentation_sentence
from tests import fakes
from tests.pages.conftest import key_of, said
from tests.telling import tells

ONE, RANKING, GAIN = "one", "ranking", "gain"


def tile_captions(app):
    """The labels of the variants."""
    return [caption.value for caption in app.caption if caption.value[2:3].isdigit()]


def to_view(app, name):
    return app.segmented_control(key="augment_view").set_value(name).run()


def to_photo(app):
    return app.segmented_control(key="augment_source").set_value("sample").run()


def switch_off(app):
    for field in ("rotation", "zoom", "translation"):
        app.select_slider(key=f"augment_{field}-digits").set_value(0.0)
    return app.run()


def first_zero(store):
    """The digit that the page shows first: its position and its pixels as trained."""
    dataset = datasets.find("digits", store.home)
    position = next(p for p in datasets.split(dataset, first_visit().data)["train"] if dataset.labels[p] == 0)
    return dataset, position


def drawn(dataset, position, epochs, seed=42):
    """What training draws for an image, by core."""
    ids = np.array([dataset.image_ids[position]], np.uint64)
    config = datasets.defaults(dataset)
    return [augmentation.draw(config, seed, epoch, ids)[0] for epoch in epochs]


# Variants


def test_variants_are_labelled_with_what_training_draws(open_page, store):
    app = open_page("augmentation")
    draws = drawn(*first_zero(store), range(9))
    assert tile_captions(app) == [f"**{i + 1}** · {augmentation.describe(d)}" for i, d in enumerate(draws)]
    assert len(app.get("image")) == 10


def test_size_of_the_grid_draw_and_seed_are_chosen(open_page, store):
    app = open_page("augmentation")
    app.selectbox(key="augment_tiles").set_value(4)
    app.number_input(key="augment_seed").set_value(7)
    app.button(key="new-draw").click().run()
    draws = drawn(*first_zero(store), range(4, 8), seed=7)
    assert tile_captions(app) == [f"**{i + 5}** · {augmentation.describe(d)}" for i, d in enumerate(draws)]


def test_flips_on_digits_are_warned_of(open_page):
    app = open_page("augmentation")
    assert not app.warning
    app.selectbox(key="augment_flip-digits").set_value("horizontal").run()
    assert "mirrored" in app.warning[0].value
    assert 'layers.RandomFlip("horizontal")' in app.code[0].value


def test_everything_off_leaves_the_picture_as_it_is(open_page):
    app = switch_off(open_page("augmentation"))
    assert all(caption.endswith("unchanged") for caption in tile_captions(app))
    assert "equals the original, pixel for pixel" in said(app)
    assert len({image.proto.imgs[0].url for image in app.get("image")}) == 1


def test_the_rotation_is_told_as_a_turn_and_in_degrees(open_page):
    app = open_page("augmentation")
    slider = app.select_slider(key="augment_rotation-digits").set_value(0.2).run()
    assert slider.select_slider(key="augment_rotation-digits").value == 0.2
    assert "0.2 turn · ±72°" in app.select_slider(key="augment_rotation-digits").options
    assert "layers.RandomRotation(0.2)" in app.code[0].value


def test_own_images_come_first_and_any_of_them_or_a_photo_can_be_chosen(open_page):
    app = open_page("augmentation")
    pictures = [app.get("image")[0].proto.imgs[0].url]
    assert "**Original** · Class 0, " in said(app)
    next(box for box in app.selectbox if box.label == "Class").set_value(7).run()
    next(field for field in app.number_input if field.label.startswith("Number")).set_value(100).run()
    pictures.append(app.get("image")[0].proto.imgs[0].url)
    to_photo(app)
    assert "**Original** · Cat, 160 px" in said(app)
    pictures.append(app.get("image")[0].proto.imgs[0].url)
    assert not app.exception
    assert len(set(pictures)) == 3


def test_the_values_the_network_gets_are_told_in_numbers(open_page):
    app = to_photo(open_page("augmentation"))
    app.session_state["values-numbers"] = True
    app.run()
    photo = sample_photos.photo("chelsea", 160)
    shown = app.dataframe[0].value
    assert shown["original"].tolist() == value_table(photo, photo[None], "-1..1")["original"].tolist()
    assert "0 to 255 scaled to -1 to 1" in said(app)


# What was chosen stays


def test_controls_and_view_survive_a_page_switch_and_go_back_to_what_suits(open_page, store):
    app = to_view(open_page("augmentation"), GAIN)
    app.select_slider(key="augment_zoom-digits").set_value(0.4).run()
    app.switch_page("pages/layers.py").run()
    app.switch_page("pages/augmentation.py").run()
    assert app.segmented_control(key="augment_view").value == GAIN
    assert app.select_slider(key="augment_zoom-digits").value == 0.4
    app.button(key="augment-defaults").click().run()
    suits = datasets.defaults(datasets.find("digits", store.home))
    assert app.select_slider(key="augment_zoom-digits").value == suits.zoom


def test_a_reload_shows_the_same_view_and_settings(open_page):
    app = to_view(open_page("augmentation"), RANKING)
    app.select_slider(key="augment_rotation-digits").set_value(0.25).run()
    kept = dict(app.query_params.items())
    assert kept["variants"] == "rotation:0.25,zoom:0.1,translation:0.1"
    again = open_page("augmentation", **kept)
    assert again.segmented_control(key="augment_view").value == RANKING
    assert again.select_slider(key="augment_rotation-digits").value == 0.25


def test_nonsense_in_the_address_gives_the_defaults(open_page):
    app = open_page(
        "augmentation", augment_view="x", augment_seeds="0", variants="zoom:9", augmentation="tilt:1"
    )
    assert app.segmented_control(key="augment_view").value == "variants"
    assert app.select_slider(key="augment_zoom-digits").value == 0.1
    assert "recipe: no augmentation" in said(app)


def test_settings_chosen_for_training_are_trained_with_and_can_be_taken_back(open_page, store):
    app = open_page("augmentation")
    assert tells(said(app), "recipe", "no augmentation")
    app.button(key="use-for-training").click().run()
    assert app.button(key="use-for-training").disabled
    chosen = datasets.defaults(datasets.find("digits", store.home))
    address = app.query_params["augmentation"]
    assert address == to_address(chosen)

    again = open_page("fine_tuning", augmentation=address)
    assert tells(said(again), "Training uses", "rotation 0.03 turn")
    again.button(key="ask-run").click().run()
    assert store.list_runs()[0].config == replace(first_visit(), augmentation=chosen)
    again.button(key="augmentation-of-recipe").click().run()
    assert "Training uses" not in said(again)
    assert "augmentation" not in again.query_params
    assert store.list_runs()[0].run_key != key_of(first_visit(), store)


# One picture's features


class Projection:
    """In place of a network: features are a random projection of the pixels, answers a softmax of ten."""

    outputs = ("pooled", "probabilities")

    def look(self, pixels, wanted):
        flat = pixels.reshape(len(pixels), -1)[:, ::97] / 255
        matrix = np.random.default_rng(flat.shape[1]).normal(size=(flat.shape[1], 1280))
        pooled = np.stack([image @ matrix for image in flat])  # one by one, as a lens does
        powers = np.exp(pooled[:, :10] / 10)
        found = {"pooled": pooled, "probabilities": powers / powers.sum(axis=1, keepdims=True)}
        return {name: found[name] for name in wanted}


@pytest.fixture
def network(monkeypatch):
    """A network without TensorFlow."""
    from pages.ui import study

    opened = Projection()
    monkeypatch.setattr(study, "lens", lambda asked: opened)
    return opened


@pytest.fixture
def finished_run(finish):
    return finish(first_visit())


@pytest.fixture
def stored_map(store, finished_run):
    """Features of the validation images by the finished run: a cloud a class."""
    dataset = datasets.find("digits", store.home)
    parts = datasets.split(dataset, first_visit().data)
    kept = np.sort(np.concatenate(list(parts.values())))
    labels = dataset.labels[parts["validation"]]
    random = np.random.default_rng(3)
    pooled = (random.normal(size=(len(labels), 1280)) + random.normal(size=(10, 1280))[labels]).astype(
        np.float32
    )
    key = Study("maps", first_visit(), {"run": finished_run}).key(dataset)
    store.create(key, first_visit())
    store.save_study(
        key, {}, {"pooled": pooled, "labels": labels, "positions": np.searchsorted(kept, parts["validation"])}
    )
    return pooled, labels


def numbers(app, key):
    """The table behind a figure."""
    app.session_state[key] = True
    app.run()
    return app.dataframe[0].value


def test_shifts_are_those_of_the_core_for_the_same_settings(open_page, store, network, stored_map):
    app = to_view(open_page("augmentation"), ONE)
    dataset, position = first_zero(store)
    draws = drawn(dataset, position, range(9))
    original = images.squash(dataset.image(position), 64)
    pixels = augmentation.augment(np.repeat(original[None], 9, axis=0), draws)
    seen = network.look(np.concatenate([original[None], pixels]), network.outputs)
    pooled, labels = stored_map
    others = {
        "other images of its class": pooled[labels == 0],
        "images of other classes": pooled[labels != 0],
    }
    words = [augmentation.describe(draw) for draw in draws]
    expected = feature_shifts.shifts(range(1, 10), words, *seen.values(), dataset.classes, others)
    shown = numbers(app, "shift-numbers")
    assert shown["distance"].tolist() == expected.frame["distance"].tolist()
    assert shown["answer"].tolist() == expected.frame["answer"].tolist()
    assert shown["nearer"].tolist() == expected.frame["nearer"].tolist()
    for sentence in feature_shifts.shift_notes(expected):
        assert sentence in said(app)
    assert "Seen by run A" in said(app)
    assert len(app.get("image")) == 4  # the original, least, most, and the nearest other image


def test_an_unchanged_picture_has_not_moved_at_all(open_page, network):
    app = switch_off(to_view(open_page("augmentation"), ONE))
    assert numbers(app, "shift-numbers")["distance"].tolist() == [0.0] * 9
    assert "equal pixels give equal features, to the last bit" in said(app)


def test_the_newest_run_looks_at_own_images_and_the_pretrained_network_at_a_photo(
    open_page, network, finished_run
):
    app = to_view(open_page("augmentation"), ONE)
    assert app.selectbox(key="augment_network-digits-False").value == finished_run
    to_photo(app)
    assert app.selectbox(key="augment_network-digits-True").value == ""
    assert "Seen by the pretrained network" in said(app)


def test_without_a_run_the_pretrained_network_answers_with_imagenets_classes(open_page, network, monkeypatch):
    monkeypatch.setattr(Projection, "outputs", ("pooled",))
    app = to_view(open_page("augmentation"), ONE)
    assert set(numbers(app, "shift-numbers")["answer"]) <= set(imagenet_labels())


def test_the_distance_to_other_images_has_its_price_and_the_picture_stands_without_it(open_page, network):
    app = to_view(open_page("augmentation"), ONE)
    assert app.button(key="ask-maps").label.startswith("Compare with 500 other images · about ")
    assert len(app.get("vega_lite_chart")) == 1


# Ranking


def test_the_ranking_is_priced_queued_and_drawn_with_the_cores_numbers(open_page, store, finished_run):
    dataset = datasets.find("digits", store.home)
    config = datasets.defaults(dataset)
    options = {"run": finished_run, "augmentation": to_address(config)}
    key = Study("shifts", first_visit(), options).key(dataset)
    app = to_view(open_page("augmentation"), RANKING)
    button = app.button(key=f"ask-shifts-{finished_run}-{to_address(config)}")
    assert button.label.startswith("Rank the transforms on 100 images · about ")
    button.click().run()
    assert store.status(key) == "queued"

    transforms = feature_shifts.one_by_one(config)
    distance = np.random.default_rng(1).uniform(1, 9, (len(transforms), 100, 2))
    arrays = {"distance": distance, "changed": distance > 6, "positions": np.arange(100)}
    store.save_study(key, {"within": 10.0, "between": 14.0}, arrays)
    app.run()
    expected = feature_shifts.ranking(transforms, 64, distance, distance > 6, 10.0)
    assert numbers(app, "ranking-numbers").to_dict() == expected.to_dict()
    assert feature_shifts.ranking_notes(expected, 10.0, 14.0)[0] in said(app)
    app.select_slider(key="augment_zoom-digits").set_value(0.4).run()
    assert not app.get("vega_lite_chart")  # other settings are another question


# Does it help here?


@pytest.fixture
def stored_pairs(finish, store):
    """Finished pairs of the first two seeds: augmentation fixes 12 and 6 images."""
    config = datasets.defaults(datasets.find("digits", store.home))
    found = augmentation_gain.pairs(first_visit(), config, 3)
    for pair, fixed in zip(found[:2], (12, 6), strict=True):
        finish(pair.without, tuned_wrong=fakes.wrong_answers(0, 50))
        finish(pair.augmented, tuned_wrong=fakes.wrong_answers(fixed, 50 - fixed))
    return found


def test_the_button_prices_and_queues_what_is_missing_and_one_stop_stops_it(open_page, store, stored_pairs):
    app = to_view(open_page("augmentation"), GAIN)
    assert "4 of the 6 runs are there already." in said(app)
    assert app.button(key="ask-pairs").label.startswith("Train 2 runs · about ")
    app.button(key="ask-pairs").click().run()
    missing = [key_of(config, store) for config in (stored_pairs[2].without, stored_pairs[2].augmented)]
    assert [store.status(key) for key in missing] == ["queued", "queued"]
    app.button(key="stop-pairs").click().run()
    assert [store.status(key) for key in missing] == ["stopped", "stopped"]
    app.run()
    assert "Stopped before it started." in app.warning[0].value
    assert app.button(key="ask-pairs").label.startswith("Train 2 runs")


def test_while_it_trains_it_says_which_run_of_how_many(open_page, store, stored_pairs):
    key = key_of(stored_pairs[2].augmented, store)
    store.create(key, stored_pairs[2].augmented)
    store.set_status(key, "running")
    store.append(key, "stage", name="epoch", epoch=2, of=5, done=1, total=2)
    app = to_view(open_page("augmentation"), GAIN)
    texts = [element.proto.text for element in app.get("progress")]
    assert any(t.startswith("Run 5 of 6: seed 44, with augmentation · epoch 2 of 5") for t in texts)


def test_the_gain_is_the_cores_with_its_interval_and_a_verdict_a_seed(open_page, store, stored_pairs):
    app = to_view(open_page("augmentation"), GAIN)
    gains = []
    for pair in stored_pairs[:2]:
        results = [store.load(key_of(config, store)) for config in (pair.without, pair.augmented)]
        models = [Model(result.run_key, "fine_tuning") for result in results]
        gains.append(augmentation_gain.SeedGain(*results, pair.seed, compare_models(store, *models)))
    mean = augmentation_gain.mean_gain(gains)
    assert mean.mean == pytest.approx(9 / 500)
    assert augmentation_sentence(mean) in said(app)
    assert tells(said(app), "Seed 42", 12, 0, 500, Verdict.BETTER)
    assert tells(said(app), "Seed 43", 6, 0, 500, Verdict.BETTER)
    table = numbers(app, "gain-numbers")
    assert table.to_dict() == augmentation_gain.gain_table(gains).to_dict()


def test_one_seed_cannot_tell(open_page, stored_pairs):
    app = to_view(open_page("augmentation"), GAIN)
    app.segmented_control(key="augment_seeds").set_value(1).run()
    assert tells(said(app), "one seed", Verdict.CANNOT_TELL)
    assert "ask-pairs" not in {button.key for button in app.button}


def test_the_head_alone_can_be_asked_for(open_page, store, stored_pairs):
    app = to_view(open_page("augmentation"), GAIN)
    app.segmented_control(key="augment_phases").set_value("head").run()
    app.button(key="ask-pairs").click().run()
    asked = [run.config for run in store.list_runs() if run.status == "queued"]
    assert len(asked) == 6
    assert all(config.fine_tuning.epochs == 0 for config in asked)


def test_with_everything_off_there_is_nothing_to_compare(open_page):
    app = switch_off(to_view(open_page("augmentation"), GAIN))
    assert "the same run" in app.info[0].value
    assert AugmentationConfig().active is False
