"""A part of the disk is left free, whatever comes in and whatever training keeps."""

import numpy as np
import pytest

from core import reserve
from core.data import datasets, listers
from core.errors import StoreError
from core.intake.collecting import Collecting
from core.intake.taking_in import take_in
from core.method.bank import BankFiles
from tests.photos import config, encoded, photo

SAID = r"Expected 1 GB to stay free \(THAW_RESERVE_GB\)"


class Disk:
    """A disk that fills by itself: 2 GB are free, and less at every look."""

    def __init__(self, free: float, less: float = 0.0):
        self.free, self.less, self.asked = free, less, 0

    def __call__(self, path):
        self.asked += 1
        self.free -= self.less
        return self


@pytest.fixture
def disk(monkeypatch):
    def has(free: float, less: float = 0.0) -> Disk:
        disk = Disk(free, less)
        monkeypatch.setattr(reserve.shutil, "disk_usage", disk)
        return disk

    return has


def test_photos_are_refused_before_they_are_written_and_while_they_are(home, pets, disk):
    disk(0.9e9)
    with pytest.raises(StoreError, match=f"The photos need 0 MB and the disk has 900 MB left. {SAID}"):
        take_in(listers.of_folder(pets), home)
    assert not home.exists()
    filling = disk(1.4e9, less=1e8)
    with pytest.raises(StoreError, match=SAID):
        take_in(listers.of_folder(pets), home)
    assert filling.asked > 2
    assert list((home / "photos").iterdir()) == []


def test_a_picture_of_the_camera_is_refused_with_the_same_words(home, disk):
    collecting = Collecting(home)
    disk(0.9e9)
    with pytest.raises(StoreError, match=SAID):
        collecting.add("mug", encoded(photo(1)))
    assert collecting.counts == {}


def test_pixels_and_features_leave_the_reserve_alone(home, pets, disk):
    disk(1.0005e9, less=4e5)
    with pytest.raises(StoreError, match=f"The pixels need .* {SAID}"):
        datasets.load(config(pets), home)
    assert not list((home / "pixels").glob("*"))
    bank, ids = BankFiles(home), np.arange(4, dtype=np.uint64)
    rows = iter([np.zeros((2, 5, 5, 8), np.float32)] * 2)
    disk(1.0005e9, less=4e5)
    with pytest.raises(StoreError, match=f"The features need .* {SAID}"):
        bank.write(bank.folder / "key" / "plain-x.npy", ids, (5, 5, 8), rows)
    assert not list(bank.folder.rglob("*.npy"))


def test_whoever_serves_thaw_sets_the_reserve(home, pets, disk, monkeypatch):
    disk(0.9e9)
    monkeypatch.setenv("THAW_RESERVE_GB", "0.5")
    assert take_in(listers.of_folder(pets), home).counts == {"cats": 8, "dogs": 9}
    monkeypatch.setenv("THAW_RESERVE_GB", "40")
    with pytest.raises(StoreError, match="Expected 40 GB to stay free"):
        take_in(listers.of_folder(pets), home)
