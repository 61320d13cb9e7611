"""The command `study` refuses in words, at once, what cannot be asked of a run."""

import sys

import pytest

from core.data import datasets
from core.presets import first_visit
from core.running.identity import identify
from tests import fakes

BASE = first_visit()


@pytest.fixture
def finish(store, monkeypatch):
    """Store a finished run of a config; its key."""
    monkeypatch.setenv("THAW_HOME", str(store.home))

    def finish_it(config) -> str:
        key = identify(config, datasets.find("digits", store.home))
        fakes.finish(store, key, config)
        return key

    return finish_it


@pytest.mark.parametrize("kind", ["rewind", "dial", "shift"])
@pytest.mark.parametrize(
    ("config", "why"),
    [(BASE.without_transfer(), "random weights"), (BASE.first_phase_only(), "head alone")],
    ids=["from scratch", "head only"],
)
def test_a_run_with_nothing_pretrained_to_take_apart_is_refused(terminal, finish, kind, config, why):
    before = "tensorflow" in sys.modules
    code, out, problem = terminal("study", kind, finish(config), "--json")
    assert code == 2
    assert why in problem
    assert not out
    assert ("tensorflow" in sys.modules) == before


@pytest.mark.parametrize("kind", ["rewind", "dial", "similarity", "shift"])
def test_a_run_that_is_gone_is_refused(terminal, finish, store, kind):
    key = finish(BASE)
    store.delete(key)
    code, out, problem = terminal("study", kind, key, "--json")
    assert code == 2
    assert key in problem
    assert not out
