"""The app as a server of its own, started as `streamlit run app.py`, and someone who sends it requests."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
# Where nothing is computed a worker would only import TensorFlow, which takes a core for eight seconds
WITHOUT_WORKER = """
from streamlit.web import cli
from core.running.supervisor import Jobs
Jobs.ensure_worker = lambda self: None
cli.main(prog_name="streamlit")
"""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@dataclass
class Served:
    """A running server: its address, its process and what it says."""

    url: str
    process: subprocess.Popen
    log_file: Path

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")


@contextlib.contextmanager
def served(
    folder: Path,
    *options: str,
    secrets: str = "",
    port: int | None = None,
    worker: bool = True,
    **environ: str,
) -> Iterator[Served]:
    """Start the app on a store in `folder`, wait until it answers, and end it afterwards.

    Args:
        options: Of `streamlit run`.
        secrets: What stands in its `secrets.toml`.
        worker: Whether one starts behind it, as soon as somebody comes.
    """
    port, log_file, secrets_file = port or free_port(), folder / "server.log", folder / "secrets.toml"
    folder.mkdir(parents=True, exist_ok=True)
    secrets_file.write_text(secrets)
    env = {**os.environ, "THAW_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT), **environ}
    env.pop("THAW_DATA", None)
    files = ["--secrets.files", str(secrets_file)] if secrets else []
    program = ["-m", "streamlit"] if worker else ["-c", WITHOUT_WORKER]
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *program, "run", "app.py", "--server.headless", "true",
             "--server.port", str(port), *files, *options],
            cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    running = Served(f"http://127.0.0.1:{port}", process, log_file)
    try:
        _wait(running)
        yield running
    finally:
        process.terminate()
        process.wait(20)


def _wait(running: Served) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and running.process.poll() is None:
        with contextlib.suppress(OSError):
            if Client(running.url).get("/_stcore/health").status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError(f"The app did not start:\n{running.log()}")


@dataclass
class Answer:
    status: int
    headers: dict[str, str]  # names in small letters
    body: str


@dataclass
class Client:
    """A browser without a window: it keeps cookies, and follows nothing by itself."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def page(self, path: str = "/") -> Answer:
        """Ask as for a page."""
        return self.get(path, accept="text/html")

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One request; `_` in a header's name stands for `-`. A whole address goes to where it says."""
        place = urlsplit(path if "://" in path else self.url + path)
        connection = http.client.HTTPConnection(place.netloc, timeout=30)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, place.path + (f"?{place.query}" if place.query else ""), body, sent)
            got = connection.getresponse()
            for cookie in got.headers.get_all("set-cookie") or ():
                for name, morsel in SimpleCookie(cookie).items():
                    self.cookies.pop(name, None)
                    if morsel["max-age"] != "0":
                        self.cookies[name] = morsel.value
            found = {name.lower(): value for name, value in got.headers.items()}
            return Answer(got.status, found, got.read().decode(errors="replace"))
        finally:
            connection.close()

    def log_in(self, name: str) -> Answer:
        """Go by the provider (`tests.openid`), there as `name`, and back; the answer is the first page."""
        to_streamlit = self.get("/login?with=default")
        to_provider = self.get(to_streamlit.headers["location"])
        back = Client("").get(f"{to_provider.headers['location']}&as={name}")
        home = self.get(back.headers["location"])
        return self.page(home.headers["location"])
