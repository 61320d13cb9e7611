"""The Bottleneck features page: its numbers are the core's, and the worker computes only what is asked."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from core.charts.photo_overlay import THUMBNAIL
from core.concepts.neighbours import nearest, same_class_share
from core.data import datasets
from core.explain.probe_depths import probe_frame
from core.explain.projection import pca, shared_axes
from core.explain.studies import Study
from core.presets import first_visit
from core.wording.words import percent
from pages.ui import services
from tests.pages.conftest import TRAINING_DIGITS, said
from tests.telling import tells

CONFIG = first_visit()
MAP, ONE, DEPTH = "map", "one", "depth"


def key(store, kind="maps", **options):
    return Study(kind, CONFIG, options).key(datasets.find("digits", store.home))


def to_view(app, name):
    return app.segmented_control(key="features_view").set_value(name).run()


def metrics(app):
    return {metric.label: metric.value for metric in app.metric}


def charts(app):
    return app.get("vega_lite_chart")


@pytest.fixture
def splits(store):
    return datasets.load(CONFIG.data, store.home)


@pytest.fixture
def keep(store):
    """Store the answer to a study: `keep("maps", record, arrays, split="train")`."""

    def keep_it(kind, record, arrays, **options):
        name = key(store, kind, **options)
        store.create(name, CONFIG)
        store.save_study(name, record, arrays)

    return keep_it


@pytest.fixture
def keep_map(keep, splits):
    """Store a map of clouds, one a class: `keep_map(apart=.5, split="train")` gives its arrays."""

    def keep_it(apart=0.5, **options):
        random, split = np.random.default_rng(3), options.get("split", "validation")
        positions, width = getattr(splits, split), 1280 if split == "train" else 64  # fewer: quicker axes
        labels = splits.labels[positions]
        clouds = apart * random.normal(size=(10, width))
        pooled = np.abs(random.normal(size=(len(labels), width)) + clouds[labels])
        arrays = {"pooled": pooled.astype(np.float32), "labels": labels, "positions": positions}
        keep("maps", {}, arrays, **options)
        return arrays

    return keep_it


@pytest.fixture
def a_run(finish, store, splits):
    """A finished run of these very images: 70 misclassified frozen, 30 of them still after fine-tuning."""
    run_key = finish(CONFIG, split_key=splits.split_key)
    labels, arrays = splits.labels[splits.validation], store.arrays(run_key)
    for phase, wrong in (("feature_extraction", range(70)), ("fine_tuning", range(40, 70))):
        predicted = labels.copy()
        predicted[list(wrong)] = (predicted[list(wrong)] + 1) % 10
        arrays[f"{phase}/validation"] = np.eye(10, dtype=np.float32)[predicted]
    np.savez(store.path(run_key) / "arrays.npz", **arrays)
    return run_key


# Shapes


@pytest.mark.parametrize(
    ("size", "shapes"),
    [
        (160, ["(32, 160, 160, 3)", "(32, 5, 5, 1280)", "(32, 1280)", "(32, 10)"]),
        (64, ["(32, 64, 64, 3)", "(32, 2, 2, 1280)", "(32, 1280)", "(32, 10)"]),
    ],
)
def test_the_shapes_are_those_of_the_chosen_size(open_page, size, shapes):
    app = open_page("bottleneck_features")
    app.selectbox(key="look-size-digits").set_value(size).run()
    assert list(app.table[0].value["shape"]) == shapes


def test_it_says_which_bottleneck_is_meant(open_page):
    words = said(open_page("bottleneck_features"))
    assert tells(words, "bottleneck", "the last map", "2 × 2 × 1,280")
    assert "In the MobileNetV2 paper" in words


# Map of the images


def test_the_empty_map_holds_the_button_that_fills_it_with_its_price(open_page):
    app = to_view(open_page("bottleneck_features"), MAP)
    assert app.button(key="ask-maps").label.startswith("Map 500 images · about ")
    assert not charts(app)
    button = app.button(key="ask-run")  # what before and after need
    assert button.label.startswith(f"Train on {TRAINING_DIGITS:,} digits")


def test_the_button_queues_the_map_and_becomes_stop(open_page, store):
    app = to_view(open_page("bottleneck_features"), MAP)
    app.button(key="ask-maps").click().run()
    assert store.status(key(store)) == "queued"
    app.button(key="stop-maps").click().run()
    assert store.status(key(store)) == "stopped"
    app.run()
    assert app.button(key="ask-maps").label.startswith("Map 500 images")


def test_a_finished_map_is_drawn_with_the_cores_numbers(open_page, keep_map):
    arrays = keep_map()
    app = to_view(open_page("bottleneck_features"), MAP)
    assert len(charts(app)) == 1
    assert metrics(app) == {
        "Validation images": "500",
        "Spread shown": f"{sum(pca(arrays['pooled']).explained):.0%}",
        "Nearest is same class": percent(same_class_share(arrays["pooled"], arrays["labels"])),
    }
    assert "the most similar other image is of the same class" in said(app)


def test_points_carry_the_names_and_pictures_of_their_images(no_worker, splits, store):
    from pages.ui.features import subject as features

    dataset = datasets.find("digits", store.home)
    subject = features.Subject(dataset, CONFIG, None, "")
    names = [dataset.items[position].name for position in subject.shown()]
    assert names == [splits.names[position] for position in splits.validation]
    uri = features.thumbnails(subject)[17]
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))), int)
    original = Image.fromarray(splits.pixels[splits.validation[17]]).resize((THUMBNAIL, THUMBNAIL))
    assert np.abs(picture - np.asarray(original, int)).mean() < 8


def test_another_size_is_another_map(open_page, keep_map):
    keep_map()
    app = to_view(open_page("bottleneck_features"), MAP)
    app.selectbox(key="look-size-digits").set_value(96).run()
    assert app.button(key="ask-maps").label.startswith("Map 500 images")


def test_a_broken_map_is_told_and_offered_again(open_page, keep_map, store):
    keep_map()
    (store.path(key(store)) / "arrays.npz").write_bytes(b"broken")
    app = to_view(open_page("bottleneck_features"), MAP)
    assert not app.exception
    assert "damaged" in app.warning[0].value
    assert app.button(key="ask-maps")


def test_a_run_stands_before_and_after_on_shared_axes_with_its_mistakes_counted(open_page, keep_map, a_run):
    before, after = keep_map(0.3), keep_map(0.6, run=a_run)
    app = to_view(open_page("bottleneck_features"), MAP)
    assert not app.exception
    assert len(charts(app)) == 2
    shown = metrics(app)
    first = shared_axes([before["pooled"], after["pooled"]])[0]
    assert shown["Spread shown"] == f"{sum(first.explained):.0%}"
    assert shown["Nearest is same class"] == percent(same_class_share(after["pooled"], after["labels"]))
    assert shown["Misclassified"] == "30"
    assert tells(said(app), 70, 40, 0, "misclassified")
    assert "Both maps share their axes" in said(app)


def test_without_the_run_there_is_one_map_and_nothing_is_called_wrong(open_page, keep_map, a_run):
    keep_map()
    app = to_view(open_page("bottleneck_features"), MAP)
    app.selectbox(key="features_run-digits").set_value("").run()
    assert len(charts(app)) == 1
    assert "Misclassified" not in metrics(app)


def test_a_run_of_other_images_is_not_offered(open_page, finish):
    finish(CONFIG)  # its division has another key
    app = to_view(open_page("bottleneck_features"), MAP)
    assert not any(box.key == "features_run-digits" for box in app.selectbox)


def test_tsne_is_asked_for_and_then_drawn(open_page, keep_map, keep, splits):
    keep_map()
    app = to_view(open_page("bottleneck_features"), MAP)
    app.segmented_control(key="features_layout").set_value("t-SNE").run()
    assert app.button(key="ask-tsne-2").label.startswith("Place them by t-SNE · about ")
    assert not charts(app)
    points = np.random.default_rng(0).normal(size=(500, 2)).astype(np.float32)
    keep("tsne", {"perplexity": 30.0, "seed": 0}, {"before": points}, dimensions=2)
    app.run()
    assert len(charts(app)) == 1
    assert "Spread shown" not in metrics(app)
    assert tells(said(app), "distance", "clouds")


def test_in_space_the_map_can_be_turned(open_page, keep_map):
    keep_map()
    app = to_view(open_page("bottleneck_features"), MAP)
    app.segmented_control(key="features_dimensions").set_value("3-D").run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1
    assert "Drag to turn" in said(app)


def test_a_picked_image_is_shown_and_can_be_looked_into(open_page, keep_map, a_run, splits, lens):
    keep_map(), keep_map(run=a_run)
    app = open_page("bottleneck_features")
    app.session_state[f"features_image-{splits.dataset.key}"] = 45
    to_view(app, MAP)
    name, label = splits.names[splits.validation[45]], splits.labels[splits.validation[45]]
    words = said(app)
    assert f"`{name.rpartition('/')[2]}`" in words
    assert f"Class **{label}**" in words
    assert f"✗ fine-tuned head: {(label + 1) % 10}" in words
    app.button(key="look-inside").click().run()
    assert app.segmented_control(key="features_view").value == ONE
    assert app.selectbox(key=f"features_image-{splits.dataset.key}").value == 45


# One image


@pytest.fixture
def lens(monkeypatch):
    """A network without LiteRT: its maps depend on the pixels alone."""

    class FakeLens:
        def look(self, pixels, wanted):
            random = np.random.default_rng(int(pixels.sum()))
            maps = np.maximum(random.normal(size=(1, 2, 2, 1280)), 0).astype(np.float32)
            maps[..., :300] = 0
            return {"out_relu": maps, "pooled": maps.mean(axis=(1, 2))}

    found = FakeLens()
    monkeypatch.setattr("pages.ui.study.lens", lambda asked: found)
    return found


def test_one_image_shows_its_strongest_channels_and_how_many_are_active(open_page, lens, splits):
    app = to_view(open_page("bottleneck_features"), ONE)
    assert not app.exception
    pooled = lens.look(np.asarray(splits.pixels[splits.validation[:1]]), ())["pooled"][0]
    assert metrics(app)["Active channels"] == f"{int((pooled > 0).sum()):,}"
    strongest = np.argsort(-pooled)[:6]
    captions = [caption.value for caption in app.caption]
    assert [f"**{c}** · {pooled[c]:.2f}" for c in strongest] == [c for c in captions if c.startswith("**")][
        :6
    ]


def test_another_image_is_a_misclassified_one(open_page, lens, a_run, splits):
    app = to_view(open_page("bottleneck_features"), ONE)
    picker = f"features_image-{splits.dataset.key}"
    assert app.selectbox(key=picker).value == 0
    app.button(key="another-image").click().run()
    assert 40 <= app.selectbox(key=picker).value < 70
    assert "✗ fine-tuned head" in said(app)


def test_neighbours_are_asked_for_and_are_the_nearest_of_the_training_images(
    open_page, lens, keep_map, splits
):
    app = to_view(open_page("bottleneck_features"), ONE)
    label = app.button(key="ask-maps-train").label
    assert label.startswith(f"Search {TRAINING_DIGITS:,} training images · about ")
    arrays = keep_map(split="train")
    app.run()
    pooled = lens.look(np.asarray(splits.pixels[splits.validation[:1]]), ())["pooled"][0]
    rows, similarity = nearest(pooled, arrays["pooled"], 6)
    label, labels = splits.labels[splits.validation[0]], arrays["labels"][rows]
    marks = ["✓" if other == label else "✗" for other in labels]
    expected = [f"{m} **{c}** · {s:.2f}" for m, c, s in zip(marks, labels, similarity, strict=True)]
    assert [c.value for c in app.caption if c.value[0] in "✓✗"] == expected
    assert f"{marks.count('✓')} of the 6 most similar training images" in said(app)


# By depth


@pytest.fixture
def keep_probes(keep, splits):
    def keep_it(best=12, **options):
        right = np.arange(500)[None] < np.full(20, 300)[:, None]
        right[best] = np.arange(500) < 450
        record = {"train": 1000, "validation": 500, "penalty": 0.1, "shuffles": 10, "commonest": 0.11}
        arrays = {"right": right, "shuffled": np.full((20, 10), 50), "positions": splits.validation}
        keep("probes", record, arrays, **options)
        return arrays

    return keep_it


def test_probes_are_asked_for_with_their_price(open_page, store):
    app = to_view(open_page("bottleneck_features"), DEPTH)
    button = app.button(key="ask-probes")
    assert button.label.startswith("Probe 20 depths · about ")
    button.click().run()
    assert store.status(key(store, "probes")) == "queued"


def test_finished_probes_show_the_cores_numbers(open_page, keep_probes):
    arrays = keep_probes()
    app = to_view(open_page("bottleneck_features"), DEPTH)
    frame = probe_frame(arrays["right"], arrays["shuffled"], 64)
    assert metrics(app) == {
        "Best: block 10": percent(frame["accuracy"][12]),
        "Top: Conv_1": percent(frame["accuracy"][19]),
    }
    assert "fixed 150, broke 0 of the same 500 images" in said(app)
    assert len(charts(app)) == 1


def test_after_fine_tuning_the_depths_are_probed_on_request(open_page, keep_probes, a_run):
    keep_probes()
    app = to_view(open_page("bottleneck_features"), DEPTH)
    assert app.button(key=f"ask-probes-{a_run}").label.startswith("Probe it after fine-tuning, too")
    assert len(charts(app)) == 1
    keep_probes(best=19, run=a_run)
    app.run()
    assert len(charts(app)) == 1
    assert not any(button.key == f"ask-probes-{a_run}" for button in app.button)


def test_the_code_is_that_of_the_view(open_page, keep_map):
    app = open_page("bottleneck_features")
    for view, word in (("shapes", "preprocess_input"), (MAP, "PCA(2)"), (DEPTH, "LogisticRegression")):
        to_view(app, view)
        assert word in app.code[0].value


def test_a_data_set_too_small_to_divide_is_told(open_page, tmp_path):
    for name in ("a", "b"):
        (tmp_path / "few" / name).mkdir(parents=True)
        Image.new("RGB", (40, 40), "red" if name == "a" else "blue").save(tmp_path / "few" / name / "1.png")
    services.opened().add(str(tmp_path / "few"))
    app = open_page("bottleneck_features", data=str(tmp_path / "few"))
    for view in (MAP, ONE, DEPTH):
        to_view(app, view)
        assert not app.exception
        assert app.error
