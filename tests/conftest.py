"""What every test gets: a store of its own, no data folders, no worker process, empty Streamlit caches."""

import pytest
import streamlit as st

from core.jobs import Jobs
from core.store import Store


@pytest.fixture(autouse=True)
def own_world(tmp_path, monkeypatch):
    """A test reads and writes below `tmp_path` only."""
    monkeypatch.setenv("THAW_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("THAW_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def store(tmp_path) -> Store:
    """The store that pages see."""
    return Store(tmp_path / "home")


@pytest.fixture
def no_worker(monkeypatch):
    """Jobs are queued and nobody takes them."""
    monkeypatch.setattr(Jobs, "ensure_worker", lambda self: None)
