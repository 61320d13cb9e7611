"""A running app and a real headless Chromium."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from core.config import with_setting
from core.data import datasets
from core.presets import first_visit
from core.store import Store
from tests import engines, fakes
from tests.browser.steps import new_page

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(item.fspath).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)


def find_chromium() -> str | None:
    asked = os.environ.get("THAW_CHROMIUM")
    return asked or next((path for path in map(shutil.which, BROWSERS) if path), None)


@pytest.fixture(scope="module")
def chromium():
    """A headless Chromium; tests skip where there is none, unless one is required."""
    executable = find_chromium()
    if executable is None:
        message = "no Chromium found: install it, or set THAW_CHROMIUM to its path"
        (pytest.fail if os.environ.get("THAW_REQUIRE_BROWSER") else pytest.skip)(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=[
                "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic",
                "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",  # a camera, allowed
            ],
        )  # fmt: skip
        yield browser
        browser.close()


class Server:
    """A Streamlit server that goes from store to store, see `server.py`."""

    def __init__(self, folder: Path):
        self.log, self._nobody = folder / "server.log", folder / "nobody"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        env = {**os.environ, "THAW_HOME": str(self._nobody), "PYTHONPATH": str(ROOT)}
        env["THAW_SWEEP_WORKERS"] = "1"  # more would take the cores from other tests
        env.pop("THAW_DATA", None)
        options = ["--server.headless", "true", "--server.port", str(port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, Path(__file__).with_name("server.py"), "run", "app.py", *options],
                cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        deadline = time.time() + 60
        while time.time() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1).read()
                return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError(f"The app did not start:\n{self.log.read_text(errors='replace')}")

    def move(self, home: Path, worker: bool, epochs: int | None = None, scheduler: str = "") -> None:
        """What is opened from now on is at this store."""
        asked = {"home": str(home), "worker": worker, "epochs": epochs, "scheduler": scheduler}
        line = json.dumps(asked) + "\n"
        self._process.stdin.write(line)
        self._process.stdin.flush()
        for said in self._process.stdout:  # after the server's own greeting
            if said == line:
                return
        raise RuntimeError(f"The app has ended:\n{self.log.read_text(errors='replace')}")

    def leave(self) -> None:
        """End what works at the store that it is at, which goes with its test."""
        self.move(self._nobody, worker=False)

    def stop(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=20)


class App:
    """The app on a store of its own."""

    def __init__(self, server: Server, home: Path, worker: bool, epochs: int | None):
        self.home, self.url, self._log = home, server.url, server.log
        server.move(home, worker, epochs)
        self._begun = self._log.stat().st_size

    def log(self) -> str:
        """What the server and its worker said since the test began."""
        return self._log.read_bytes()[self._begun :].decode(errors="replace")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


@pytest.fixture
def worker():
    """A test that asks for this one has a worker behind its app: in it something is computed."""


@pytest.fixture
def epochs():
    """How many epochs a phase of the embedded digits' recipe has once it is shortened; None for its own."""


@pytest.fixture
def app(server, tmp_path, tmp_path_factory, request, epochs):
    home, works = tmp_path / "home", "worker" in request.fixturenames
    with engines.lent(engines.folder(tmp_path_factory), home) if works else contextlib.nullcontext():
        yield App(server, home, works, epochs)
    server.leave()


@pytest.fixture
def console():
    """Warnings and errors of the browser's console, collected."""
    return []


@pytest.fixture
def page(chromium, app, console):
    page = new_page(chromium, console)
    yield page
    page.context.close()


@pytest.fixture
def trained(app):
    """Runs with canned numbers: both BatchNorm modes, and from scratch."""
    store = Store(app.home)
    images = datasets.find("digits", store.home)
    for config in (
        first_visit(),
        with_setting(first_visit(), "batch_norm", "batch"),
        first_visit().without_transfer(),
    ):
        fakes.finish_with_control(store, images, config)
