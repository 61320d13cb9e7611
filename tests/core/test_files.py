"""Writing files: by many at once, on a disk that fails, and where open files cannot be replaced."""

import errno
import os
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import damage
from core.config import ExperimentConfig
from core.data import datasets, kept
from core.data.pixels import load_pixels
from core.errors import StoreError
from core.files import read_json, update_json, write_json
from core.method.bank import BankFiles
from core.store import Store
from tests import damaging
from tests.core.test_features import PLAIN, write
from tests.records import KEY, a_result

SPLIT = "split-v1-0123456789abcdef"


def at_once(number: int, work) -> list[Exception]:
    """Run `work(n)` in many threads, and give what they raised."""
    errors: list[Exception] = []

    def one(n: int) -> None:
        try:
            work(n)
        except Exception as error:  # whatever it is, the test tells it
            errors.append(error)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_eight_threads_that_write_one_file_two_hundred_times_each_never_fail_and_leave_it_whole(tmp_path):
    path = tmp_path / "one.json"

    def write_often(n: int) -> None:
        for turn in range(200):
            write_json(path, {"writer": n, "turn": turn, "rest": [n] * 200})
            assert read_json(path)["rest"][0] in range(8)

    assert at_once(8, write_often) == []
    assert read_json(path)["turn"] == 199
    assert list(tmp_path.iterdir()) == [path]


def test_thirty_people_who_open_the_test_set_at_once_are_thirty(store):
    assert at_once(30, lambda n: store.open_test(SPLIT, n)) == []
    assert sorted(opening["tried"] for opening in store.test_openings(SPLIT)) == list(range(30))


def test_a_pin_and_a_letter_noted_at_once_are_both_kept(store):
    store.create(KEY, ExperimentConfig())
    work = [lambda: store.pin(KEY), lambda: store.number(KEY, 7)]
    assert at_once(10, lambda n: work[n % 2]()) == []
    assert read_json(store.path(KEY) / "kept.json") == {"pinned": True, "number": 7, "alarm": None}


def test_an_update_that_fails_changes_nothing_and_lets_the_next_one_in(tmp_path):
    path = tmp_path / "list.json"
    update_json(path, lambda old: [*(old or []), 1])
    with pytest.raises(ZeroDivisionError):
        update_json(path, lambda old: 1 // 0)
    assert update_json(path, lambda old: [*old, 2]) == [1, 2]


# A disk that fails now and then


class FailingDisk:
    """Writes, syncs and renames that fail at random, some half-way."""

    def __init__(self, monkeypatch, chance: random.Random, share: float):
        self.failed, self._chance, self._share = 0, chance, share
        for name in ("replace", "fsync"):
            monkeypatch.setattr(os, name, self._failing(getattr(os, name)))
        monkeypatch.setattr(Path, "write_bytes", self._half_written(Path.write_bytes))
        savez = np.savez

        def failing_savez(path, **arrays) -> None:
            savez(path, **arrays)
            if self._fails():
                path.write_bytes(path.read_bytes()[:100])
                raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(np, "savez", failing_savez)

    def _fails(self) -> bool:
        fails = self._chance.random() < self._share
        self.failed += fails
        return fails

    def _failing(self, real):
        def act(*arguments, **named):
            if self._fails():
                raise OSError(errno.EIO, "Input/output error")
            return real(*arguments, **named)

        return act

    def _half_written(self, real):
        def act(path: Path, content: bytes) -> int:
            if self._fails():
                real(path, content[: len(content) // 2])
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(path, content)

        return act


@pytest.mark.parametrize("moments", [12, pytest.param(100, marks=pytest.mark.soak)])
def test_writes_that_fail_at_random_lose_no_finished_run_and_nothing_is_half_read(
    store, monkeypatch, moments
):
    chance, finished, told = random.Random(3), set(), 0
    arrays = {"validation": np.arange(5000)}
    with monkeypatch.context() as patch:
        disk = FailingDisk(patch, chance, 0.06)
        for number in range(moments):
            key = f"run-v1-{number:016x}"
            try:
                store.create(key, ExperimentConfig())
                store.set_status(key, "running")
                store.save(replace(a_result(), run_key=key), arrays, {"receipt": number})
                store.pin(key)
            except StoreError:
                told += 1
            if store.finished(key):
                finished.add(key)
    assert disk.failed >= told > 0
    assert finished
    for run in store.list_runs():
        if run.status == "finished":
            assert run.result.run_key == run.run_key
            np.testing.assert_array_equal(store.arrays(run.run_key)["validation"], arrays["validation"])
            assert store.whole(run.run_key)
    assert {run.run_key for run in store.list_runs() if run.status == "finished"} == finished
    assert damage.found(store.home) == []
    assert not [path for path in store.home.rglob(".*") if path.suffix != ".lock"]


# A system like Windows


@pytest.fixture
def windows(monkeypatch) -> None:
    """Whatever this process has open or mapped into memory can be neither replaced nor deleted."""
    if not Path("/proc/self/maps").exists():
        pytest.skip("nothing tells which files are in use")

    def used() -> Iterator[str]:
        for line in Path("/proc/self/maps").read_text().splitlines():
            yield line.partition("/")[1] + line.partition("/")[2]
        for descriptor in Path("/proc/self/fd").iterdir():
            try:
                found = os.readlink(descriptor)
            except OSError:
                continue
            if not os.path.isdir(found):
                yield found

    def refuse(*paths) -> None:
        names = [os.fspath(path) for path in paths if os.path.exists(path)]
        for file in used():
            if any(file == name or file.startswith(f"{name}/") for name in names):
                raise PermissionError(errno.EACCES, "The process cannot access the file", file)

    def guarded(real):
        def act(*paths, dir_fd=None, **named):
            folder = os.readlink(f"/proc/self/fd/{dir_fd}") if dir_fd is not None else ""
            refuse(*(os.path.join(folder, path) for path in paths))
            return real(*paths, **named, **({} if dir_fd is None else {"dir_fd": dir_fd}))

        return act

    for name in ("replace", "rename", "unlink", "remove"):
        monkeypatch.setattr(os, name, guarded(getattr(os, name)))


def test_a_file_that_is_being_read_is_replaced_a_moment_later(tmp_path, windows):
    path = tmp_path / "x.json"
    write_json(path, 1)

    def read_for_a_moment() -> None:
        with path.open():
            opened.set()
            time.sleep(0.05)

    opened = threading.Event()
    reader = threading.Thread(target=read_for_a_moment)
    reader.start()
    opened.wait()
    write_json(path, 2)
    reader.join()
    assert read_json(path) == 2


def test_a_file_that_stays_open_keeps_its_content_and_the_writer_is_told(tmp_path, windows):
    path = tmp_path / "x.json"
    write_json(path, 1)
    with path.open(), pytest.raises(StoreError, match="cannot access"):
        write_json(path, 2)
    assert read_json(path) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_features_in_use_outlive_their_eviction_and_go_another_time(tmp_path, windows, monkeypatch):
    monkeypatch.setenv("THAW_CACHE_GB", "0")
    files, ids = BankFiles(tmp_path), np.arange(4, dtype=np.uint64)
    paths = [write(files, ids + 10 * number) for number in range(3)]
    mapped = files.open(paths[0], (4, *PLAIN.shape))
    before = mapped.copy()
    files.evict(keep=[paths[2]])
    assert [path.exists() for path in paths] == [True, False, True]
    np.testing.assert_array_equal(mapped, before)
    assert files.rows(PLAIN, 0).has(ids).all()  # with the file beside it that says of which images it is
    del mapped
    files.evict(keep=[paths[2]])
    assert [path.exists() for path in paths] == [False, False, True]


def test_damaged_features_in_use_are_not_read_again_and_stay_until_they_can_go(tmp_path, windows):
    files, ids = BankFiles(tmp_path), np.arange(4, dtype=np.uint64)
    path = write(files, ids)
    mapped = files.open(path, (4, *PLAIN.shape))
    damaging.flipped(path, random.Random(0))
    assert files.open(path, (4, *PLAIN.shape)) is None
    with pytest.raises(StoreError):  # `Bank` then computes in memory
        write(files, ids)
    del mapped
    assert files.open(path, (4, *PLAIN.shape)) is None
    assert [one.file for one in damage.found(tmp_path)] == [path.relative_to(tmp_path).as_posix()]


def test_damaged_pixels_in_use_are_decoded_once_more_in_memory(home, pets, windows):
    dataset = datasets.find(str(pets), home)
    key, mapped = load_pixels(dataset, range(5), 32, home)
    right = mapped.copy()
    damaging.flipped(home / "pixels" / f"{key}.npy", random.Random(0))
    np.testing.assert_array_equal(load_pixels(dataset, range(5), 32, home)[1], right)


def test_a_run_or_a_kept_set_of_which_a_file_is_open_is_deleted_without_an_error(tmp_path, windows):
    store = damaging.unpack(tmp_path)
    run_key, folder = damaging.runs(store)[0], kept.folder_of("pets", tmp_path)
    photo = next((folder / "files").iterdir())
    with (store.path(run_key) / "arrays.npz").open("rb"), photo.open("rb"):
        store.delete(run_key)
        kept.delete("pets", tmp_path)
        assert not store.finished(run_key)
        assert listed_status(store, run_key) in (None, "interrupted")
    store.delete(run_key)
    kept.delete("pets", tmp_path)
    assert not store.path(run_key).exists()
    assert not folder.exists()


def listed_status(store: Store, run_key: str) -> str | None:
    return next((run.status for run in store.list_runs() if run.run_key == run_key), None)
