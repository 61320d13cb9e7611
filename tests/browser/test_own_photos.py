"""Photos of one's own, from a zip on the person's disk to a set that is checked and in use."""

import io
import re
import time
import zipfile

import numpy as np
import pytest
from PIL import Image

from core.data import datasets
from pages.ui.data import folder_upload, presence
from tests.browser.steps import (
    FROM_SCRATCH,
    TRAINING,
    finished,
    go_to,
    in_order,
    run_button,
    settle,
    sideways,
    written,
)
from tests.hostile import picture, zip_of
from tests.photos import PETS, build, encoded


def add_photos(page):
    """From Start, where that waits closed below the picture."""
    settle(page)
    written(page, "Other images: your own, or a larger set").click()
    settle(page)
    page.get_by_role("button", name="Add your own photos").click()


def test_a_zip_is_uploaded_kept_checked_and_mended(page, app, console, tmp_path):
    (tmp_path / "my pets.zip").write_bytes(zip_of({
        "cats/bad.jpg": b"no picture", "../slip.png": picture(),
        **{f"{name}/same.png": picture() for name in ("cats", "dogs")},
    }))  # fmt: skip
    page.goto(app.url)
    add_photos(page)
    page.locator("input[type=file]").set_input_files(tmp_path / "my pets.zip")
    written(page, "8 photos · 2 classes").wait_for()
    written(page, "2 passed over: ").wait_for()
    page.get_by_role("button", name="Keep 8 photos").click()
    written(page, "8 photos, 2 classes of 4.").wait_for()
    settle(page)
    written(page, "Trouble", exact=True).click()
    written(page, "1 picture (the same to the byte) under two labels").wait_for()
    page.get_by_role("button", name="Leave out 2 pictures").click()
    written(page, "6 photos, 2 classes of 3.").wait_for()
    settle(page)
    assert sideways(page) <= 0
    assert len(datasets.find("my pets", app.home).items) == 6
    left = [str(path.relative_to(app.home)) for path in (app.home / "photos").rglob("*")]
    assert not [path for path in left if ".incoming" in path], left
    in_order(app, console)


@pytest.mark.soak  # it waits out the grace that a closed tab has; `tests/pages/test_presence.py` does not
def test_a_check_ends_and_leaves_nothing_when_its_tab_is_closed(page, app, console, tmp_path):
    large = encoded(Image.new("1", (6_900, 6_900)))  # a small file that takes a third of a second
    (tmp_path / "slow.zip").write_bytes(zip_of({f"cats/slow {n}.png": large for n in range(300)}))
    page.goto(app.url)
    add_photos(page)
    page.locator("input[type=file]").set_input_files(tmp_path / "slow.zip")
    page.get_by_text(re.compile(r"Checking photos: \d+ of 30\d")).wait_for()
    assert len(list((app.home / "photos").iterdir())) == 1
    in_order(app, console)
    page.close()
    until = time.monotonic() + presence.GRACE_SECONDS + 30
    while list((app.home / "photos").iterdir()) and time.monotonic() < until:
        time.sleep(0.1)
    assert list((app.home / "photos").iterdir()) == []


def test_a_folder_is_uploaded_with_its_classes(page, app, console, tmp_path):
    folder = build(tmp_path / "pets", PETS)
    page.goto(app.url)
    add_photos(page)
    written(page, "Folder", exact=True).click()
    page.locator("input[webkitdirectory]").set_input_files(folder)
    page.get_by_role("button", name="Check 17 files").click()
    written(page, "17 photos · 2 classes").wait_for()
    page.get_by_role("button", name="Discard").click()
    written(page, "A folder with one folder a class in it").wait_for()
    assert list((app.home / "photos").iterdir()) == []
    in_order(app, console)


def test_a_folder_of_more_files_than_a_tab_can_send_is_refused_before_any_is_sent(
    page, app, console, tmp_path
):
    few = build(tmp_path / "few", PETS)
    many = build(tmp_path / "many", {"cats": 150, "dogs": folder_upload.MOST_FILES - 149})
    page.goto(app.url)
    add_photos(page)
    written(page, "Folder", exact=True).click()
    written(page, "Upload directories").wait_for()
    settle(page)
    page.locator("input[webkitdirectory]").set_input_files(many)
    written(page, f"{folder_upload.MOST_FILES + 1} pictures are too many to send one by one").wait_for()
    page.get_by_role("button", name="Name its path").click()
    page.get_by_role("button", name="Check and copy").wait_for()
    settle(page)
    written(page, "Folder", exact=True).click()
    written(page, "Upload directories").wait_for()
    settle(page)
    page.locator("input[webkitdirectory]").set_input_files(few)
    page.get_by_role("button", name="Check 17 files").wait_for()
    in_order(app, console)


def drop(page, path):
    """Let go of a folder over the uploader, as from a file manager."""
    box = page.locator("[data-testid=stFileUploaderDropzone]").bounding_box()
    where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    mouse = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        mouse.send("Input.dispatchDragEvent", {"type": kind, **where, "data": data})


def test_a_dropped_folder_keeps_its_classes_and_too_large_a_one_is_refused(page, app, console, tmp_path):
    build(tmp_path / "pets", PETS)
    many = build(tmp_path / "many", {"cats": 150, "dogs": folder_upload.MOST_FILES})
    page.goto(app.url)
    add_photos(page)
    written(page, "Folder", exact=True).click()
    written(page, "Upload directories").wait_for()
    settle(page)
    drop(page, many)
    written(page, "450 pictures are too many to send one by one").wait_for()
    drop(page, tmp_path / "pets")
    page.get_by_role("button", name="Check 17 files").click()
    written(page, "17 photos · 2 classes").first.wait_for()
    in_order(app, console)


def night_and_day(each: int) -> bytes:
    """A zip of grainy photos, dark ones and bright ones: 40 px, so that training takes seconds."""
    stream, chance = io.BytesIO(), np.random.default_rng(1)
    with zipfile.ZipFile(stream, "w") as archive:
        for name, mean in (("night", 70), ("day", 180)):
            for number in range(each):
                grain = chance.normal(mean, 60, (40, 40, 3)).clip(0, 255).astype(np.uint8)
                archive.writestr(f"{name}/{number:03d}.png", encoded(Image.fromarray(grain)))
    return stream.getvalue()


def train_three_networks(page, app):
    """As Start offers it: frozen, fine-tuned and from scratch."""
    go_to(page, "Start")
    run_button(page).click()
    written(page, "Before fine-tuning and after it").wait_for(timeout=TRAINING)
    written(page, FROM_SCRATCH).wait_for(timeout=TRAINING)


def train_the_last_layers(page, app):
    """Both phases of a link to Fine-tuning: few epochs, small images, and a short tail, traced sooner."""
    page.goto(f"{app.url}/fine_tuning?data=skies&size=32&epochs_frozen=2&epochs_tuned=1&unfreeze=151")
    settle(page)
    run_button(page).click()
    page.get_by_role("button", name="Its result is on this page").wait_for(timeout=TRAINING)


@pytest.mark.parametrize(
    ("train", "runs"),
    [(train_the_last_layers, 2), pytest.param(train_three_networks, 3, marks=pytest.mark.soak)],
)
def test_photos_are_uploaded_trained_on_and_compared(page, app, worker, console, tmp_path, train, runs):
    (tmp_path / "skies.zip").write_bytes(night_and_day(14))
    page.goto(f"{app.url}/data?data_view=sources")
    settle(page)
    page.locator("input[type=file]").set_input_files(tmp_path / "skies.zip")
    page.get_by_role("button", name="Keep 28 photos").click()
    written(page, "28 photos, 2 classes of 14.").wait_for()
    settle(page)
    train(page, app)
    settle(page)
    assert [(run.config.data.name, run.status) for run in finished(app)] == [("skies", "finished")] * runs
    go_to(page, "Compare")
    written(page, re.compile(r"fixed \d+, broke \d+ of \d+ validation images")).first.wait_for()
    in_order(app, console, below_root=True)


def take(page, counted):
    """Press the button until the picture counts: what Chromium's test camera films repeats itself."""
    refused = written(page, "This very picture is there already")
    for attempt in range(20):
        page.wait_for_timeout(500 + 130 * attempt % 700)
        page.get_by_role("button", name="Take Photo").click()
        page.wait_for_timeout(700)
        settle(page)
        if counted.count():
            return
        assert refused.count() == 1
    raise AssertionError("every picture was refused")


@pytest.mark.soak  # half a minute of waiting for a frame that is new
def test_pictures_are_taken_with_the_camera_a_class_at_a_time(page, app, console):
    page.goto(app.url)
    add_photos(page)
    written(page, "Camera", exact=True).click()
    for name in ("mug", "pen"):
        page.get_by_label("Class of the next pictures").fill(name)
        page.keyboard.press("Enter")
        written(page, f"Take a picture of {name}").wait_for()
        for count in (1, 2, 3):
            take(page, written(page, re.compile(rf"{name} {count}$")))
    page.get_by_role("button", name="Done: 6 pictures").click()
    written(page, "6 photos · 2 classes").wait_for()
    page.get_by_role("button", name="Keep 6 photos").click()
    written(page, "6 photos, 2 classes of 3.").wait_for()
    assert datasets.find("Camera pictures", app.home).classes == ("mug", "pen")
    in_order(app, console)
