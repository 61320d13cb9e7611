"""The Data page: copies, odd pictures and suspect labels, and what a person decides about them."""

import shutil

import pytest
from PIL import Image, ImageEnhance

from benchmarks.drawn_sets import screenshot
from core.data import datasets, looks
from core.explain import suspects as suspects_study
from core.running.own_recipe import own_recipe
from core.wording.markdown import plain
from tests.pages.conftest import said
from tests.pages.own_folder import use, view
from tests.telling import tells


def test_copies_are_shown_and_can_be_left_out_and_taken_back(open_page, folder):
    app = view(use(open_page("data"), folder), "check")
    assert "**1 picture (the same to the byte) " in said(app)
    assert len(app.get("image")) == 1
    kind = "copies" if "more than once" in said(app) else "two-splits"  # as the hash of the content divides
    app.button(key=f"leave-out-{kind}").click().run()
    assert not app.exception
    assert app.metric[0].value == "42"
    assert "to the byte" not in said(app)
    app.button(key="take-back").click().run()
    assert app.metric[0].value == "43"


def near_copies(folder, count):
    """Drawings on one ground, and of the first `count` a darker copy under the other label."""
    for number in range(40):
        for label in "ab":
            (folder / label).mkdir(parents=True, exist_ok=True)
        drawing = screenshot(number)
        drawing.save(folder / "ab"[number % 2] / f"{number:02d}.png")
        if number < count:
            darker = ImageEnhance.Brightness(drawing).enhance(0.75)
            darker.save(folder / "ba"[number % 2] / f"{number:02d} darker.jpg")
    return folder


def test_of_near_copies_none_is_chosen_and_a_person_can_choose(open_page, tmp_path):
    app = view(use(open_page("data"), near_copies(tmp_path / "own", 1)), "check")
    assert "**1 pair of pictures that are nearly the same, under two labels**" in said(app)
    assert tells(said(app), "a/00.png (", "b/00 darker.jpg (")
    choice = next(one for one in app.multiselect if one.key.startswith("leave-near-labels"))
    assert choice.value == []
    assert app.button(key="leave-out-near-labels").disabled
    choice.select(choice.options[1]).run()
    assert app.button(key="leave-out-near-labels").label == "Leave out 1 picture"
    app.button(key="leave-out-near-labels").click().run()
    assert not app.exception
    assert app.metric[0].value == "40"
    assert "nearly the same" not in said(app)


def test_many_pairs_are_shown_a_few_at_a_time(open_page, tmp_path):
    app = view(use(open_page("data"), near_copies(tmp_path / "own", 14)), "check")
    first = next(one for one in app.number_input if one.key.startswith("first-near-labels"))
    assert first.label == "Shown, of 14: 6 from number"
    assert len(app.get("image")) == 6
    assert "13 darker" not in said(app)
    first.set_value(13).run()
    assert len(app.get("image")) == 2
    assert "13 darker" in said(app)


def test_an_unreadable_picture_is_passed_over_and_named(open_page, folder):
    (folder / "right" / "00.png").write_bytes(b"no picture")
    app = use(open_page("data"), folder)
    assert plain("1 passed over: 1 cannot be decoded") in said(app)
    assert list(app.dataframe[0].value["file"]) == ["right/00.png"]
    assert app.metric[0].value == "42"
    assert not view(app, "pictures").error


def test_a_class_cannot_be_emptied_by_leaving_out(open_page, folder):
    for path in sorted((folder / "right").iterdir())[:11]:
        Image.new("RGB", (40, 30), (int(path.stem), 9, 9)).save(path)
    app = view(use(open_page("data"), folder), "check")
    app.button(key="leave-out-blank").click().run()
    assert "2 left" in app.error[0].value
    assert app.metric[0].value == "43"


def test_a_large_set_is_looked_at_on_a_click_with_its_price(open_page, folder, monkeypatch):
    monkeypatch.setattr(looks, "SECONDS_A_PHOTO", 1.0)
    app = view(use(open_page("data"), folder), "check")
    assert app.button(key="check-pictures").label == "Check 43 pictures · about 43 s"
    app.button(key="check-pictures").click().run()
    for _ in range(50):
        if "Looked at 43 pictures" in said(app):
            break
        app.run()
    assert "Looked at 43 pictures" in said(app)


def test_digits_are_looked_at_at_once_and_said_to_be_small(open_page):
    app = view(open_page("data"), "check")
    assert "check-pictures" not in {button.key for button in app.button}
    for _ in range(50):  # where the machine is busy it takes more than one look
        if "Looked at" in said(app):
            break
        app.run()
    assert "**5,000 pictures smaller than 32 px**" in said(app)


# Suspect labels


def judged(store, dataset, suspects=3):
    """A finished study in which the first pictures of `right` look wrong."""
    asked = suspects_study.study_of(own_recipe(dataset, store), dataset)
    names = [item for item in dataset.items if item.name.startswith("right/")]
    lines = [
        {"image": [item.name, item.sha256], "given": "right", "said": dataset.classes[0], "own": 0.01,
         "sure": 0.99, "nearest": [[dataset.items[0].name, dataset.items[0].sha256]]}
        for item in names[:suspects]
    ]  # fmt: skip
    share = {"share": 0.8, "low": 0.7, "high": 0.9}
    record = {
        "images": len(dataset.items), "pointed": suspects, "suspects": lines, "usual": 0.5,
        "far": [{"image": [names[-1].name, names[-1].sha256], "distance": 1.2}],
        "trial": {"flipped": 2, "rounds": 10, "found": share, "right": share},
    }  # fmt: skip
    key = asked.key(dataset)
    store.create(key, asked.config)
    store.save_study(key, record, {})
    return key


@pytest.fixture
def suspected(open_page, folder, store, monkeypatch):
    """The page with three suspects of twelve, and its data set."""
    monkeypatch.setattr(suspects_study, "LEAST_IMAGES", 20)
    dataset = datasets.find(str(folder), store.home)
    judged(store, dataset)
    return view(use(open_page("data"), folder), "check"), dataset


def test_before_anyone_is_accused_it_says_how_far_to_believe_it(suspected):
    app, _ = suspected
    assert not app.exception
    assert "**3 labels that may be wrong**" in said(app)
    assert tells(said(app), "of such flips it finds 80% (70 to 90%)", "about 8 in 10 would be wrong")
    assert "**1 picture far from every class**" in said(app)


def test_a_suspect_is_relabelled_kept_or_left_out_and_every_line_can_be_taken_back(suspected, store):
    app, dataset = suspected
    items = [item for item in dataset.items if item.name.startswith("right/")][:3]
    first, second, third = (f"{item.name}-{item.sha256[:8]}" for item in items)
    app.button(key=f"relabel-{first}").click().run()
    assert "**2 labels that may be wrong**" in said(app)
    app.button(key=f"keep-{second}").click().run()
    app.button(key=f"drop-{third}").click().run()
    assert not app.exception
    assert "labels that may be wrong" not in said(app)
    table = next(frame.value for frame in app.dataframe if "decision" in frame.value)
    assert dict(zip(table["picture"], table["decision"], strict=True)) == {
        items[0].name: "relabel", items[1].name: "keep", items[2].name: "leave out",
    }  # fmt: skip
    now = datasets.find(dataset.name, store.home)
    assert len(now.items) == len(dataset.items) - 1
    lines = next(one for one in app.multiselect if one.key.startswith("take-back-lines"))
    lines.select(lines.options[0]).run()
    app.button(key="take-back-some").click().run()
    assert "**1 label that may be wrong**" in said(app)
    app.button(key="take-back").click().run()
    assert "**3 labels that may be wrong**" in said(app)
    assert datasets.find(dataset.name, store.home).key == dataset.key


def test_two_copies_that_look_wrong_are_two_cards(open_page, folder, store, monkeypatch):
    monkeypatch.setattr(suspects_study, "LEAST_IMAGES", 20)
    shutil.copy(folder / "right" / "00.png", folder / "right" / "01.png")
    judged(store, datasets.find(str(folder), store.home))
    app = view(use(open_page("data"), folder), "check")
    assert not app.exception
    assert len([button for button in app.button if button.key.startswith("keep-")]) == 3


def test_labels_are_judged_on_a_click_with_its_price(open_page, folder, store, monkeypatch):
    monkeypatch.setattr(suspects_study, "LEAST_IMAGES", 20)
    app = view(use(open_page("data"), folder), "check")
    assert app.button(key="ask-suspects").label.startswith("Judge 43 labels · ")
    app.button(key="ask-suspects").click().run()
    assert not app.exception
    assert "waiting" in said(app).lower() or app.button(key="stop-suspects")


def test_of_too_few_pictures_labels_are_not_judged_and_it_says_so(open_page, folder):
    app = view(use(open_page("data"), folder), "check")
    assert "that needs 50 pictures, and there are 43" in said(app)
    assert "ask-suspects" not in {button.key for button in app.button}
    assert "Nothing was decided yet" in said(app)
