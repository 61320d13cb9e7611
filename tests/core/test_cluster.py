"""A cluster's scheduler and what comes from its workers: real Dask over TCP in this process, no training."""

import contextlib
import importlib
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dask.config import set as configured

from core.__main__ import main
from core.config import DataConfig, ExperimentConfig, FineTuningConfig
from core.data import datasets
from core.errors import ConfigError, Stopped, ThawError
from core.running.identity import Asked
from core.store import Store
from core.sweeps import cluster, cluster_worker, lanes, remote, versions
from core.sweeps.cluster import Cluster
from core.sweeps.lanes import Lanes, Todo
from core.sweeps.plan import STOP, Sweep
from core.sweeps.point import Asks, Trained
from core.sweeps.scratch import Scratch, pack, unpack
from tests.records import a_result

BASE = ExperimentConfig(
    data=DataConfig("digits", image_size=32, limit=60, shares=(0.5, 0.25, 0.25)),
    fine_tuning=FineTuningConfig(unfreeze_from=116),
)
POINTS = Sweep(BASE, {STOP: (116, 134)}).points()
HERE = versions.here()


@contextlib.contextmanager
def scheduler(*workers: dict[str, str], **options) -> Iterator[str]:
    """The address of one with workers of these versions; one of none is not Thaw's."""
    from distributed import Scheduler, SpecCluster, Worker

    listen = {"host": "127.0.0.1", "port": 0, "dashboard": False, **options}
    spec = {
        number: {"cls": Worker, "options": {"nthreads": 1, "resources": versions.labels(said), **options}}
        for number, said in enumerate(workers)
    }
    security = options.get("security")
    with SpecCluster(
        spec, {"cls": Scheduler, "options": listen}, silence_logs=50, security=security
    ) as found:
        yield found.scheduler_address


@pytest.fixture
def dataset(store):
    return datasets.find("digits", store.home)


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    importlib.import_module("distributed")  # brings its settings, before a test changes one
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 1.0)
    monkeypatch.setattr(cluster, "LOOK_SECONDS", 0.1)


def connect(address: str, dataset) -> contextlib.AbstractContextManager[Cluster]:
    return cluster.connected(address, POINTS, dataset, Asks())


# Who is refused


@pytest.mark.parametrize("name", ["Thaw", "Python", "tensorflow", "keras", versions.WEIGHTS])
def test_a_worker_of_another_version_is_refused_by_name(dataset, name):
    with (
        scheduler(HERE, HERE | {name: "0.0.1"}) as address,
        pytest.raises(ThawError) as refused,
        connect(address, dataset),
    ):
        pass
    said = str(refused.value)
    assert f"has {name} 0.0.1, and this machine {HERE[name]}" in said
    assert "start the worker again, or end it" in said


def test_one_of_another_version_that_joins_later_is_given_nothing(store, dataset, tmp_path):
    with scheduler(HERE | {"keras": "0.0.1"}) as address:
        late = Cluster(address, POINTS, dataset, Asks())
        with contextlib.closing(late):
            future = late.begin(Asked(POINTS[0].config, dataset, store), tmp_path, tmp_path)
            time.sleep(1)
            assert late.count == 0
            assert future.status == "pending"


@pytest.mark.parametrize("workers", [(), ({},)])
def test_a_scheduler_without_a_worker_of_thaw_is_refused_with_the_command_that_starts_one(dataset, workers):
    with (
        scheduler(*workers) as address,
        pytest.raises(ThawError, match=f"dask worker {address} --nthreads 1") as refused,
        connect(address, dataset),
    ):
        pass
    assert cluster_worker.__name__ in str(refused.value)


def test_a_scheduler_that_does_not_answer_is_refused(dataset, monkeypatch):
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 0.2)
    with socket.socket() as silent, socket.socket() as closed:
        for one in (silent, closed):
            one.bind(("127.0.0.1", 0))
        silent.listen()
        for one in (silent, closed):  # Dask would wait for the first for ever
            with pytest.raises(ThawError, match="does not answer") as refused:
                Cluster(f"tcp://127.0.0.1:{one.getsockname()[1]}", POINTS, dataset, Asks())
            assert "dask scheduler" in refused.value.fix


@pytest.mark.parametrize(
    "text", ["http://host:8786", "tcp://host", "host", "tcp://:8786", "a b:1", "inproc://x:1"]
)
def test_what_is_no_address_is_refused_in_words(monkeypatch, text, capsys):
    with pytest.raises(ConfigError, match="--scheduler"):
        cluster.address(text)
    monkeypatch.setenv(cluster.SETTING, text)
    with pytest.raises(ConfigError, match=cluster.SETTING):
        cluster.address(None)
    assert main(["sweep", "digits-quick", f"--vary={STOP}=98", "--scheduler", text]) == 2
    assert "Expected one such as tcp://" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["tcp://10.0.0.5:8786", "tls://lab.example:8786", "lab:8786", "tcp://[::1]:8786", ""]
)
def test_an_address_is_what_was_asked_for_or_the_variable_says(monkeypatch, text):
    monkeypatch.setenv(cluster.SETTING, "tcp://other:1")
    assert cluster.address(text) == text
    monkeypatch.setenv(cluster.SETTING, text)
    assert cluster.address(None) == text


# Over TLS


@pytest.fixture
def certificates(tmp_path) -> Iterator[None]:
    """Dask's own settings name certificates made for this test."""
    from distributed.security import Security

    made = Security.temporary()
    files = {}
    for name in ("tls_ca_file", "tls_client_cert", "tls_client_key"):
        files[name] = tmp_path / f"{name}.pem"
        files[name].write_text(getattr(made, name))
    own = {"cert": str(files["tls_client_cert"]), "key": str(files["tls_client_key"])}
    roles = {f"distributed.comm.tls.{role}": own for role in ("client", "scheduler", "worker")}
    with configured({"distributed.comm.tls.ca-file": str(files["tls_ca_file"]), **roles}):
        yield


def test_the_certificates_of_dasks_settings_are_used(dataset, certificates):
    from distributed.security import Security

    with scheduler(HERE, protocol="tls://", security=Security()) as address:
        assert address.startswith("tls://")
        with connect(address, dataset) as found:
            assert found.count == 1


def test_without_certificates_tls_is_refused_in_words(dataset):
    with pytest.raises(ThawError, match="certificates"):
        Cluster("tls://127.0.0.1:1", POINTS, dataset, Asks())


# What travels


def made_by_hand(asked: Asked, asks: Asks, before) -> dict:
    """In place of the training: a finished record under the key that was asked for."""
    store = asked.store
    splits = datasets.load(asked.config.data, store.cache, dataset=asked.dataset)
    store.create(asked.key, asked.config)
    arrays = {"validation": np.asarray(splits.pixels, np.float32).ravel()[:1000]}
    store.save(replace(a_result(), run_key=asked.key), arrays, {"receipt": "x"})
    return {"seconds": 1.0, "problem": "", "stopped": False, "pid": 1, "memory": 0}


sent: list[int] = []
_keep_pixels = cluster_worker.keep_pixels


def keep_and_count(key: str, at: int, part: bytes, note: dict) -> None:
    sent.append(at)
    _keep_pixels(key, at, part, note)


def flip_a_bit(folder: Path) -> dict[str, bytes]:
    files = pack(folder)
    content = bytearray(files["arrays.npz"])
    content[len(content) // 2] ^= 1
    return files | {"arrays.npz": bytes(content)}


def cut_short(key: str, at: int, part: bytes, note: dict) -> None:
    _keep_pixels(key, at, part[:-1] + b"x", note)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch) -> Path:
    """The worker's home; it has nothing of the store's."""
    monkeypatch.setenv("THAW_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(cluster_worker, "_folder", tmp_path / "scratch")
    monkeypatch.setattr(cluster_worker, "_indexes", {})
    monkeypatch.setattr(remote, "run", made_by_hand)
    monkeypatch.setattr(cluster_worker, "keep_pixels", keep_and_count)
    monkeypatch.setattr(cluster, "PART_BYTES", 100_000)
    sent.clear()
    return tmp_path / "elsewhere"


def through(store: Store, dataset) -> list[Trained]:
    """The points, by one worker of a cluster."""
    todo = [Todo(place, one, Asked(one.config, dataset, store)) for place, one in enumerate(POINTS)]
    found = []
    with scheduler(HERE) as address, connect(address, dataset) as there, Scratch(store) as scratch:
        way = Lanes(todo, there.count, scratch, store)
        while way.left:
            free = way.next()
            if free is not None:
                way.send(*free, there)
            found += way.done()
            time.sleep(0.01)
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def test_images_travel_once_as_pixels_and_runs_come_back_whole(store, dataset, elsewhere):
    found = through(store, dataset)
    assert [one.problem for one in found] == ["", ""]
    assert all(store.whole(one.run_key) for one in found)
    (mine,), (theirs,) = (list(home.glob("pixels/*.npy")) for home in (store.home, elsewhere))
    assert theirs.name == mine.name
    assert theirs.read_bytes() == mine.read_bytes()
    assert sent == list(range(0, mine.stat().st_size, 100_000))
    (known,) = cluster_worker._indexes.values()
    assert isinstance(known.source, cluster_worker.Elsewhere)
    assert not list((elsewhere / "runs").glob("*"))
    assert not list(cluster_worker._folder.iterdir())


def test_a_worker_that_has_the_pixels_is_sent_none(store, dataset, elsewhere, monkeypatch):
    through(store, dataset)
    for one in POINTS:
        store.delete(Asked(one.config, dataset, store).key)
    sent.clear()
    monkeypatch.setattr(cluster_worker, "_indexes", {})  # a new process on the same disk
    assert [one.problem for one in through(store, dataset)] == ["", ""]
    assert sent == []


def test_a_run_whose_checksum_disagrees_is_not_adopted(store, dataset, elsewhere, monkeypatch):
    monkeypatch.setattr(cluster_worker, "pack", flip_a_bit)
    found = through(store, dataset)
    assert [one.problem for one in found] == [lanes.NOT_WHOLE] * 2
    for one in found:
        assert one.result is None
        assert not store.path(one.run_key).exists()


def test_pixels_that_do_not_come_as_they_were_sent_are_not_trained_on(store, dataset, elsewhere, monkeypatch):
    monkeypatch.setattr(cluster_worker, "keep_pixels", cut_short)
    found = through(store, dataset)
    assert all("could not keep the images" in one.problem for one in found)
    assert not list(elsewhere.glob("pixels/*"))


def test_what_comes_back_never_lies_outside_its_folder(tmp_path):
    unpack({"../out": b"x", "/tmp/out": b"x", "in/side": b"x", "a/../../out": b"x"}, tmp_path / "folder")
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {"folder/in/side", "folder/tmp/out"}


def test_a_stop_while_images_travel_ends_it(store, dataset, elsewhere):
    asks = Asks(should_stop=lambda: bool(sent))
    asked = Asked(POINTS[0].config, dataset, store)
    with scheduler(HERE) as address, cluster.connected(address, POINTS, dataset, asks) as there:
        said = there.begin(asked, store.home / "none", store.home).result(timeout=20)
        with pytest.raises(Stopped):
            there.receive(said, asked, store.home / "none")


def test_where_the_scheduler_ends_all_that_is_left_is_trained_here(store, dataset, elsewhere, monkeypatch):
    monkeypatch.setattr(cluster, "LOST_SECONDS", 1.0)
    monkeypatch.setattr(cluster_worker, "_is_kept", lambda key: time.sleep(1) or True)
    todo = [Todo(place, one, Asked(one.config, dataset, store)) for place, one in enumerate(POINTS)]
    with (
        configured({"distributed.comm.timeouts.connect": "2s"}),
        scheduler(HERE) as address,
        connect(address, dataset) as there,
        Scratch(store) as scratch,
    ):
        way = Lanes(todo, 1, scratch, store)
        way.send(*way.next(), there)
        with contextlib.suppress(OSError):  # it goes before it can answer
            there._client.sync(there._client.scheduler.terminate)
        end = time.monotonic() + 30
        while not there.lost and time.monotonic() < end:
            assert list(way.done()) == []
            time.sleep(0.1)
        assert there.lost
        assert there.count == 0
        assert way.give_up() == todo


begun: list[float] = []
told_to_stop: list[bool] = []


def until_told(asked: Asked, asks: Asks, before) -> dict:
    """In place of the training: it goes on until it is told to stop."""
    begun.append(time.monotonic())
    end = begun[-1] + 20
    while time.monotonic() < end and not asks.should_stop():
        time.sleep(0.02)
    told_to_stop.append(asks.should_stop())
    return {"seconds": 1.0, "problem": "", "stopped": True, "pid": 1, "memory": 0}


@pytest.mark.parametrize("how", ["halt", "close"])  # a stop; and a client that is gone
def test_a_run_that_nobody_waits_for_any_more_stops(store, dataset, elsewhere, monkeypatch, how):
    monkeypatch.setattr(remote, "run", until_told)
    begun.clear()
    told_to_stop.clear()
    todo = [Todo(0, POINTS[0], Asked(POINTS[0].config, dataset, store))]
    with scheduler(HERE) as address, connect(address, dataset) as there, Scratch(store) as scratch:
        way = Lanes(todo, 1, scratch, store)
        way.send(*way.next(), there)
        end = time.monotonic() + 20
        while not begun:
            assert list(way.done()) == []
            assert time.monotonic() < end
            time.sleep(0.05)
        getattr(there, how)()
        while not told_to_stop and time.monotonic() < end:
            list(way.done()) if how == "halt" else time.sleep(0.05)
        assert told_to_stop == [True]
