"""The app in-process, with no worker behind it."""

import json
import pickle
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from core.commands import photos
from core.config import ExperimentConfig
from core.data import datasets
from core.data.digits import open_digits
from core.data.indexes import Dataset
from core.intake import apart
from core.people.serving import Mode
from core.presets import first_visit
from core.running.identity import identify
from core.store import Store
from core.wording import words
from pages.ui import login as login_page
from pages.ui import serving, show
from pages.ui.data import checking
from tests import fakes
from tests.gates import ANNA, BEN, Door

ROOT = Path(__file__).resolve().parents[2]
RECIPE = first_visit()  # what the app trains on digits, unasked
RATE = words.rate(RECIPE.fine_tuning.learning_rate)
ALL_DIGITS = RECIPE.data.limit
TRAINING_DIGITS = round(RECIPE.data.limit * RECIPE.data.shares[0])


@pytest.fixture(scope="session")
def digits(tmp_path_factory) -> Dataset:
    """The embedded digits, parsed and indexed once: that takes over a second."""
    return open_digits(tmp_path_factory.mktemp("digits"))


@pytest.fixture(autouse=True)
def digits_at_hand(digits, monkeypatch):
    """Every test has a home of its own, where nothing is parsed yet; the digits are the same in each."""
    monkeypatch.setattr(datasets, "open_digits", lambda home: digits)


@pytest.fixture(scope="session", autouse=True)
def installed_components():
    """`AppTest` looks for components in every installed package at each run; once is enough."""
    once = cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", once)
        yield


@pytest.fixture(autouse=True)
def photos_are_checked_here(monkeypatch):
    """The process that checks photos takes half a second to be there: `tests/core/test_apart.py` has it, and
    so has a test that gives it another command."""
    command, in_a_process = apart.COMMAND, apart._told

    def told(asked, report, should_stop):
        if command != apart.COMMAND:
            return in_a_process(asked, report, should_stop)
        done = photos._done(asked, report or (lambda *_, **__: None), should_stop or (lambda: False))
        return json.loads(json.dumps(done))  # as it comes through a pipe

    monkeypatch.setattr(apart, "_told", told)


@pytest.fixture(autouse=True)
def photos_are_waited_for(monkeypatch):
    """However busy the machine is."""
    monkeypatch.setattr(checking, "AT_ONCE_SECONDS", 30.0)


@pytest.fixture(scope="session", autouse=True)
def charts_made_once():
    """A chart is a function of its values, and pages over the same canned runs draw the same ones. What the
    app keeps of them is emptied with its other caches before every test."""
    make, made = show._specification.__wrapped__, {}

    def once(same, _draw, _values, _options) -> dict:  # named as `show.chart` calls it
        if same not in made:
            made[same] = pickle.dumps(make(same, _draw, _values, _options))
        return pickle.loads(made[same])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(show, "_specification", st.cache_data(show_spinner=False)(once))
        yield


@pytest.fixture
def served(monkeypatch):
    """How this Thaw is served was settled when its server started; else each look decides it thirty times."""
    monkeypatch.setattr(serving, "_settled", Mode.OWN)


@pytest.fixture
def open_page(no_worker, served):
    """Open a page by its file name: `open_page("compare")`."""

    def open_it(name: str = "start", **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
        app.query_params.update(query)
        app.switch_page(f"pages/{name}.py").run()
        assert not app.exception, app.exception[0].message
        return app

    return open_it


@pytest.fixture
def log_in(monkeypatch):
    """Who uses the next page: `log_in(ANNA)`."""

    def as_person(person):
        monkeypatch.setattr(serving, "mode", lambda: Mode.LOGIN)
        monkeypatch.setattr(login_page, "person", lambda: person)

    return as_person


# The door in front of the app (`pages.server.gate`), with nothing behind it


@pytest.fixture
def login(monkeypatch):
    return Door(monkeypatch, Mode.LOGIN, {"anna": ANNA, "ben": BEN})


@pytest.fixture
def open_to_all(monkeypatch):
    return Door(monkeypatch, Mode.OPEN)


@pytest.fixture
def finish(store: Store):
    """Store a finished fake run, and its control, under the keys the app will look for: `finish(config)`."""

    def finish_it(
        config: ExperimentConfig, *, control: bool = True, control_wrong: np.ndarray | None = None, **how
    ) -> str:
        dataset = datasets.find(config.data.name, store.home)
        if control:
            return fakes.finish_with_control(store, dataset, config, control_wrong=control_wrong, **how)
        key = identify(config, dataset)
        fakes.finish(store, key, config, **how)
        return key

    return finish_it


def said(app: AppTest) -> str:
    """Everything written on the page, in one string."""
    kinds = (app.title, app.markdown, app.caption, app.info, app.error, app.warning, app.subheader)
    return "\n".join(element.value for kind in kinds for element in kind)


def key_of(config: ExperimentConfig, store: Store) -> str:
    """The key the app gives a config."""
    return identify(config, datasets.find(config.data.name, store.home))


@pytest.fixture
def folder(tmp_path):
    """A folder of two uneven classes; one image stands in it twice, and a name is full of Markdown."""
    random = np.random.default_rng(0)
    for class_name, count in (("*left*_<b>", 30), ("right", 12)):
        place = tmp_path / "own" / class_name
        place.mkdir(parents=True)
        for index in range(count):
            pixels = random.integers(0, 255, (40, 30, 3), np.uint8)
            Image.fromarray(pixels).save(place / f"{index:02d}.png")
    (place / "99.png").write_bytes((place / "00.png").read_bytes())
    return tmp_path / "own"
