"""Pixels: squashed once, kept under the content of the images, made anew when damaged."""

import os
import shutil
import threading

import numpy as np
import pytest
from PIL import Image

from core import damage as damaged
from core.checksums import Damaged
from core.config import DataConfig
from core.data import datasets, images, pixels
from core.errors import DatasetError, Stopped, StoreError
from tests.photos import OLD, build, config


def test_pixels_are_the_whole_picture_squashed(home, pets):
    splits = datasets.load(config(pets), home)
    with Image.open(pets / splits.names[4]) as image:
        wanted = np.asarray(image.resize((32, 32), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(splits.pixels[4], wanted)
    assert splits.pixels.dtype == np.uint8
    assert splits.pixels.shape == (17, 32, 32, 3)
    assert isinstance(splits.pixels, np.memmap)


def test_images_that_break_while_they_are_in_use_are_named_together(home, pets):
    dataset = datasets.find(str(pets), home)
    (pets / "cats" / "002.png").write_bytes(b"broken")
    (pets / "dogs" / "001.png").write_bytes(b"")
    with pytest.raises(DatasetError) as caught:
        datasets.load(config(pets), home, dataset=dataset)
    for name in ("2 images", "cats/002.png", "dogs/001.png"):
        assert name in str(caught.value)
    assert not list((home / "pixels").glob("*.npy"))


# The pixel cache


def counting(monkeypatch) -> list[int]:
    calls = []
    original = images.squash
    monkeypatch.setattr(images, "squash", lambda image, size: calls.append(size) or original(image, size))
    return calls


def test_pixels_are_decoded_once_per_size_whatever_the_split(home, pets, monkeypatch):
    calls = counting(monkeypatch)
    first = datasets.load(config(pets), home)
    again = datasets.load(config(pets, split_seed=7), home)
    assert len(calls) == 17
    assert first.pixel_key == again.pixel_key
    assert first.split_key != again.split_key
    assert datasets.load(DataConfig(name=str(pets), image_size=48), home).pixel_key != first.pixel_key


@pytest.mark.parametrize("damage", ["flipped", "cut", "emptied", "removed", "note removed", "note broken"])
def test_a_damaged_cache_is_made_anew(home, pets, damage):
    wanted = np.array(datasets.load(config(pets), home).pixels)
    file = next((home / "pixels").glob("*.npy"))
    content = bytearray(file.read_bytes())
    if damage == "flipped":
        content[-500] ^= 1
        file.write_bytes(content)
    elif damage == "cut":
        file.write_bytes(content[:-100])
    elif damage == "emptied":
        file.write_bytes(b"")
    elif damage == "removed":
        file.unlink()
    elif damage == "note removed":
        file.with_suffix(".json").unlink()
    else:
        file.with_suffix(".json").write_text("{")
    np.testing.assert_array_equal(datasets.load(config(pets), home).pixels, wanted)


def test_a_damaged_list_of_what_an_array_holds_is_set_aside_and_written_again(home, pets, monkeypatch):
    calls, dataset = counting(monkeypatch), datasets.find(str(pets), home)
    datasets.load(config(pets), home)
    (ids,) = (home / "pixels").glob("*.ids")
    whole = ids.read_bytes()
    pixels.check_rows(ids)
    ids.write_bytes(bytes(len(whole)))
    with pytest.raises(Damaged):
        pixels.check_rows(ids)
    assert pixels.missing(dataset, np.arange(17), 32, home) == 17, "none can be copied from it"
    assert [one.file for one in damaged.found(home)] == [f"pixels/{ids.name}"]
    datasets.load(config(pets), home)
    assert ids.read_bytes() == whole
    assert pixels.missing(dataset, np.arange(17), 32, home) == 0
    assert len(calls) == 17, "its pixels were whole"


def test_a_copied_store_keeps_its_pixels(tmp_path, home, pets, monkeypatch):
    datasets.load(config(pets), home)
    shutil.copytree(home, tmp_path / "copy", copy_function=shutil.copyfile)  # new times of change
    calls = counting(monkeypatch)
    datasets.load(config(pets), tmp_path / "copy")
    assert calls == []


def test_stopping_while_decoding_leaves_nothing_behind(tmp_path, home):
    folder = build(tmp_path / "many", {"a": 60, "b": 60})
    datasets.find(str(folder), home)
    seen = []

    def should_stop():
        return len(seen) > 1

    with pytest.raises(Stopped):
        datasets.load(config(folder), home, lambda *_, **stage: seen.append(stage), should_stop)
    assert seen[-1] == {"name": "pixels", "done": 64, "total": 120}
    assert list((home / "pixels").iterdir()) == []


def test_stopping_while_reading_keeps_what_was_read(tmp_path, home):
    folder = build(tmp_path / "many", {"a": 80, "b": 80})
    asked = []
    with pytest.raises(Stopped):
        # asked twice a folder, then once a batch
        datasets.find(str(folder), home, should_stop=lambda: asked.append(1) or len(asked) > 8)
    told = []
    datasets.find(str(folder), home, report=lambda *_, **stage: told.append(stage))
    assert told[0]["total"] == 160 - 2 * 64


def test_a_full_disk_is_said_in_words(home, pets, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pixels.np.lib.format, "write_array_header_1_0", full)
    with pytest.raises(StoreError, match="No space left"):
        datasets.load(config(pets), home)
    assert list((home / "pixels").iterdir()) == []


def test_two_threads_that_want_the_same_pixels_decode_them_once(home, pets, monkeypatch):
    calls, results = counting(monkeypatch), []
    threads = [
        threading.Thread(target=lambda: results.append(datasets.load(config(pets), home).pixels.sum()))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 17
    assert len(set(results)) == 1


def test_what_a_killed_process_left_is_swept_up(home, pets):
    left = home / "pixels" / ".pixels-v1-0123456789abcdef.4242.npy"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    os.utime(left, (OLD - 3600, OLD - 3600))
    datasets.load(config(pets), home)
    assert not left.exists()
