"""The Predict page: what it shows is what the networks say, bad files are refused by name, doubt is told."""

import io

import numpy as np
import pytest
from PIL import Image

from core.config import with_setting
from core.data import datasets, sample_photos
from core.explain.studies import Study
from core.method.grad_cam import Head
from core.presets import first_visit
from core.wording.words import percent
from pages.ui import study
from tests.pages.conftest import TRAINING_DIGITS, said

CONFIG = first_visit()
FROM_98 = with_setting(CONFIG, "fine_tuning.unfreeze_from", 98)
NETWORKS = "predict-networks-digits"
REAL_LENS = study.lens
MANY = {"predict_view": "many"}


class FakeLens:
    """A network without LiteRT: its maps depend on the pixels alone."""

    def __init__(self, asked):
        self.image_size = asked.config.data.image_size

    def look(self, pixels, wanted):
        random = [np.random.default_rng(int(picture.sum())) for picture in pixels]
        maps = np.stack([np.maximum(one.normal(size=(2, 2, 1280)), 0) for one in random]).astype(np.float32)
        return {"out_relu": maps, "pooled": maps.mean(axis=(1, 2))}


@pytest.fixture(autouse=True)
def lens(monkeypatch):
    monkeypatch.setattr("pages.ui.study.lens", FakeLens)


@pytest.fixture
def train(finish, store):
    """Store a finished run whose phases have heads of their own: `train(config)` gives its key."""

    def train_it(config=CONFIG):
        key = finish(config)
        arrays, random = store.arrays(key), np.random.default_rng(len(store.list_runs()))
        for phase in ("feature_extraction", "fine_tuning"):
            arrays[f"{phase}/head/0"] = random.normal(size=(1280, 10), scale=0.1).astype(np.float32)
            arrays[f"{phase}/head/1"] = np.zeros(10, np.float32)
        np.savez(store.path(key) / "arrays.npz", **arrays)
        return key

    return train_it


@pytest.fixture
def keep_maps(store):
    """Store pooled features of the training and validation images, far from or near to any picture's."""

    def keep_it(far):
        dataset, random = datasets.find("digits", store.home), np.random.default_rng(4)
        for options, count in (({"split": "train"}, TRAINING_DIGITS), ({}, 500)):
            pooled = np.maximum(random.normal(size=(count, 4, 1280)), 0).mean(axis=1)
            if far:
                pooled[:, 64:] = 0
            arrays = {
                "pooled": pooled.astype(np.float32),
                "labels": np.zeros(count),
                "positions": np.arange(count),
            }
            key = Study("maps", CONFIG, options).key(dataset)
            store.create(key, CONFIG)
            store.save_study(key, {}, arrays)

    return keep_it


def a_picture(name="mine.png", shade=120):
    buffer = io.BytesIO()
    Image.new("RGB", (30, 20), (shade, 20, 60)).save(buffer, "PNG")
    return name, buffer.getvalue(), "image/png"


BROKEN = ("broken.png", a_picture()[1][:40], "image/png")


def answers(store, key, phase, pixels):
    pooled = FakeLens(Study("lenses", CONFIG)).look(pixels[None], ())["pooled"]
    return Head.of_run(store, key, phase).probabilities(pooled)[0]


# One picture


def test_without_a_run_imagenets_answer_stands_beside_the_button_that_trains_one(open_page):
    app = open_page("predict")
    assert "**ImageNet MobileNetV2**" in said(app)
    assert "1,000 classes, 224 px" in said(app)
    assert app.button(key="ask-run").label.startswith(f"Train on {TRAINING_DIGITS:,} digits · about ")


def test_every_network_says_what_its_head_makes_of_the_picture(open_page, train, store):
    key = train()
    app = open_page("predict")
    pixels = sample_photos.photo("chelsea", 64)
    for phase in ("feature_extraction", "fine_tuning"):
        expected = answers(store, key, phase, pixels)
        assert f"says **{expected.argmax()}**, {percent(expected.max())}" in said(app), phase
    assert "Until there is one, a cat stands in for it." in said(app)


def test_a_dropped_picture_is_predicted_and_a_bad_one_leaves_it_there(open_page, train, store):
    key = train()
    app = open_page("predict")
    app.file_uploader(key="predict-file").set_value(a_picture()).run()
    expected = answers(store, key, "fine_tuning", np.asarray(Image.new("RGB", (64, 64), (120, 20, 60))))
    assert f"says **{expected.argmax()}**, {percent(expected.max())}" in said(app)
    app.file_uploader(key="predict-file").set_value(BROKEN).run()
    assert not app.exception
    assert "broken\\.png cannot be read" in app.error[0].value
    assert "Expected a JPEG, PNG" in app.error[0].value
    assert "Still showing mine\\.png." in said(app)
    assert f"says **{expected.argmax()}**, {percent(expected.max())}" in said(app)


@pytest.mark.parametrize("words", ["data", "Validation image"])  # the latter in older links
def test_a_validation_image_is_told_right_or_wrong(open_page, train, words):
    train()
    app = open_page("predict", predict_source=words)
    assert "It is " in said(app)
    app.button(key="predict-another").click().run()
    assert not app.exception


def test_the_heat_map_can_be_asked_for_another_class(open_page, train):
    train()
    app = open_page("predict")
    before = [image.proto.imgs[0].url for image in app.get("image")]
    app.selectbox(key="predict-about-digits").set_value(3).run()
    after = [image.proto.imgs[0].url for image in app.get("image")]
    assert before[0] == after[0]  # ImageNet's picture has no heat map
    assert before[1] != after[1] or before[2] != after[2]


def test_networks_are_opened_one_after_the_other_with_progress(open_page, train, store, monkeypatch):
    train()
    monkeypatch.setattr("pages.ui.study.lens", REAL_LENS)
    app = open_page("predict")
    assert [button.label for button in app.button if button.key.startswith("stop-lenses")] == ["Stop"]
    waiting = [path.name for path in store.runs.iterdir() if path.name.startswith("study-")]
    assert waiting == [
        Study("lenses", with_setting(CONFIG, "data.image_size", 224), {"maps": True}).key(
            datasets.find("digits", store.home)
        )
    ]


# Which networks


def test_the_newest_run_predicts_until_someone_chooses(open_page, train):
    train()
    app = open_page("predict")
    first = app.multiselect(key=NETWORKS).value
    assert len(first) == 2
    train(FROM_98)
    app.run()
    second = app.multiselect(key=NETWORKS).value
    assert len(second) == 2
    assert not set(first) & set(second)
    app.multiselect(key=NETWORKS).set_value([first[1], second[1]]).run()
    assert app.query_params["networks"] == f"{first[1]},{second[1]}"
    train(with_setting(CONFIG, "fine_tuning.unfreeze_from", 125))
    app.run()
    assert app.multiselect(key=NETWORKS).value == [first[1], second[1]]


def test_a_network_from_scratch_predicts_unasked_only_where_there_is_no_other(open_page, finish, train):
    scratch = finish(CONFIG.without_transfer())
    assert open_page("predict").multiselect(key=NETWORKS).value == [f"{scratch.rpartition('-')[2]}.scratch"]
    tuned = train()
    finish(with_setting(CONFIG.without_transfer(), "seed", 7))  # the newest of the three
    said_of = {token.partition(".")[0] for token in open_page("predict").multiselect(key=NETWORKS).value}
    assert said_of == {tuned.rpartition("-")[2]}


def test_a_link_names_its_networks_and_nonsense_gives_the_newest_and_a_note(open_page, train):
    train()
    token = open_page("predict").multiselect(key=NETWORKS).value[0]
    train(FROM_98)
    assert open_page("predict", networks=token).multiselect(key=NETWORKS).value == [token]
    app = open_page("predict", networks="../../etc,<b>")
    assert len(app.multiselect(key=NETWORKS).value) == 2
    assert token not in app.multiselect(key=NETWORKS).value
    assert "makes no sense" in said(app)
    assert "etc" not in said(app)


# Is it like the training images?


def test_the_comparison_with_training_images_is_asked_for_with_its_price(open_page, train):
    train()
    app = open_page("predict")
    button = app.button(key="ask-maps-train")
    assert button.label.startswith(f"Compare with {TRAINING_DIGITS:,} training images · about ")


@pytest.mark.parametrize("far", [True, False])
def test_a_picture_far_from_the_training_images_is_warned_about(open_page, train, keep_maps, far):
    train()
    keep_maps(far)
    app = open_page("predict")
    warned = [warning.value for warning in app.warning]
    if far:
        assert warned == [
            "Farther from the training images than any of the 500 validation images: "
            "do not trust the percentage."
        ]
        assert "its percentages only divide" in said(app)
    else:
        assert warned == []
        assert "About as near to the training images as usual" in said(app)
    assert "The 6 nearest training images" in said(app)


# Many pictures


def test_many_pictures_invite_before_there_are_any(open_page, train):
    train()
    assert "least certain of first, and as a CSV" in said(open_page("predict", **MANY))


def test_files_come_back_as_a_table_and_bad_ones_are_named_and_counted(open_page, train, store):
    key = train()
    app = open_page("predict", **MANY)
    files = [a_picture(f"{shade}.png", shade) for shade in (10, 90, 200)]
    app.file_uploader(key="predict-files").set_value([*files, BROKEN]).run()
    assert not app.exception
    assert app.warning[0].value.startswith("1 of 4 files could not be read")
    table = app.dataframe[0].value
    assert sorted(table["file"]) == ["10.png", "200.png", "90.png"]
    certain = table["A · feature extraction certainty"]
    assert certain.is_monotonic_increasing
    pixels = np.asarray(Image.new("RGB", (64, 64), (90, 20, 60)))
    expected = answers(store, key, "feature_extraction", pixels)
    row = table[table["file"] == "90.png"].iloc[0]
    assert row["A · feature extraction says"] == str(expected.argmax())
    assert row["A · feature extraction certainty"] == pytest.approx(float(expected.max()), abs=1e-5)


def test_stopped_work_keeps_what_is_done_and_can_go_on(open_page, train):
    train()
    app = open_page("predict", predict_many_source="validation", **MANY)
    _, done = app.session_state["predict-many-done"]
    for key in list(done)[:40]:  # as if Stop had been pressed after 60
        del done[key]
    app.session_state["predict-many-paused"] = True
    app.run()
    assert len(app.dataframe[0].value) == 60
    assert app.button(key="predict-go-on").label == "Go on with the other 40"
    app.button(key="predict-go-on").click().run()
    assert len(app.dataframe[0].value) == 100


def test_validation_images_show_how_right_the_networks_are(open_page, train):
    train()
    app = open_page("predict", predict_many_source="validation", **MANY)
    table = app.dataframe[0].value
    assert len(table) == 100
    sure = table["A · feature extraction certainty"] >= 0.8
    right = table["A · feature extraction says"] == table["class"]
    assert f"right about {(right & ~sure).sum()}, of the other {sure.sum()} about" in said(app)


# Another camera, another day


def a_folder_of_digits(count=3):
    """Files as a browser sends a folder: `mine/3/0.png`."""
    return [
        a_picture(f"mine/{label}/{number}.png", 20 * label + number)
        for label in range(10)
        for number in range(count)
    ]


def right_ones(store, key, files):
    found = 0
    for name, _, _ in files:
        label, number = map(int, (name.split("/")[1], name.split("/")[2].partition(".")[0]))
        pixels = np.asarray(Image.new("RGB", (64, 64), (20 * label + number, 20, 60)))
        found += int(answers(store, key, "feature_extraction", pixels).argmax() == label)
    return found


def test_a_folder_whose_folders_are_the_classes_says_how_good_each_network_is_on_it(open_page, train, store):
    key = train()
    app = open_page("predict", predict_many_source="folder", **MANY)
    files = a_folder_of_digits()
    app.file_uploader(key="predict-folder").set_value(files).run()
    assert "Another" not in said(app)
    app.toggle(key="predict-labelled").set_value(True).run()
    assert not app.exception
    assert "**Another 30 labelled pictures**" in said(app)
    assert f"Right on {right_ones(store, key, files)} of 30 pictures" in said(app)
    assert "on its own validation images" in said(app)


def test_a_folder_of_other_classes_is_refused_in_words(open_page, train):
    train()
    app = open_page("predict", predict_many_source="folder", **MANY)
    app.toggle(key="predict-labelled").set_value(True)
    app.file_uploader(key="predict-folder").set_value([a_picture("zoo/lions/1.png")]).run()
    assert not app.exception
    assert "lions" in app.error[0].value
    assert "Expected only 0, 1, 2" in app.error[0].value


def test_a_second_data_set_says_how_good_the_networks_are_and_another_kind_is_refused(
    open_page, train, store, tmp_path, monkeypatch
):
    train()
    for name, classes in (("day2", "0123456789"), ("zoo", ("lion", "tiger"))):
        for label in classes:
            (tmp_path / "sets" / name / label).mkdir(parents=True)
            for number in range(2):
                shade = (7 * number + 11 * ord(label[0])) % 256
                Image.new("RGB", (30, 20), (shade, number, 60)).save(
                    tmp_path / "sets" / name / label / f"{number}.png"
                )
    monkeypatch.setenv("THAW_DATA", str(tmp_path / "sets"))
    app = open_page("predict", predict_many_source="second", **MANY)
    app.selectbox(key="predict-second").set_value("day2").run()
    assert not app.exception
    assert "**Another 20 labelled pictures**" in said(app)
    assert len(app.dataframe[-1].value) == 20
    app.selectbox(key="predict-second").set_value("zoo").run()
    assert "never learned: lion, tiger" in app.error[0].value
