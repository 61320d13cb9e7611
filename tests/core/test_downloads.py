"""Downloads, against a server on this machine that behaves well or badly."""

import contextlib
import importlib.util
import socket
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core import reserve
from core.data import datasets, downloads
from core.errors import DatasetError, Stopped, StoreError
from tests.photos import zipped


class Server:
    """A local web server.

    Attributes:
        url: Its address; `/file.zip` gives `content`, anything else is not found.
        behave: Called with the handler instead, where a test wants the server to misbehave.
    """

    def __init__(self):
        self.content, self.behave, served = b"", None, self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                if not self.path.startswith("/file.zip"):
                    self.send_error(404)
                elif served.behave is not None:
                    served.behave(self)
                else:
                    reply(self, served.content)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()


def reply(handler, content: bytes, length: str | None = None) -> None:
    """Send `content`, stating its length or another one."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)) if length is None else length)
    handler.end_headers()
    with contextlib.suppress(OSError):  # the client has had enough
        handler.wfile.write(content)


@pytest.fixture
def server():
    running = Server()
    yield running
    running.http.shutdown()
    running.http.server_close()


def published(monkeypatch, base: str, size: int, check=lambda path: None):
    entry = downloads.Download(
        "cats_and_dogs_filtered.zip", (f"{base}/gone", f"{base}/file.zip"), size, check
    )
    monkeypatch.setitem(downloads.DOWNLOADS, "cats_and_dogs", entry)


def test_a_download_is_found_afterwards(tmp_path, home, pets, server, monkeypatch):
    server.content = zipped(pets, tmp_path / "z.zip").read_bytes()
    published(monkeypatch, server.url, len(server.content))
    monkeypatch.delenv("THAW_DATA", raising=False)
    told = []
    path = datasets.download("cats_and_dogs", home, lambda *_, **stage: told.append(stage))
    assert path == home / "datasets" / "cats_and_dogs_filtered.zip"
    assert told[-1] == {"name": "download", "done": len(server.content), "total": len(server.content)}
    assert datasets.find("cats_and_dogs", home).classes == ("cats", "dogs")


def test_a_download_that_is_another_file_leaves_nothing(tmp_path, home, pets, server, monkeypatch):
    server.content = zipped(pets, tmp_path / "z.zip").read_bytes()
    published(monkeypatch, server.url, len(server.content), downloads.DOWNLOADS["cats_and_dogs"].check)
    with pytest.raises(DatasetError, match="not the published file"):
        datasets.download("cats_and_dogs", home)
    assert list((home / "datasets").iterdir()) == []


def test_a_download_without_a_network_says_so(home, server, monkeypatch):
    published(monkeypatch, server.url + "/wrong", 1000)
    with pytest.raises(DatasetError, match="could not be downloaded"):
        datasets.download("cats_and_dogs", home)


def test_a_download_far_larger_than_the_file_is_cut_off(home, server, monkeypatch):
    server.content = bytes(3_000_000)
    published(monkeypatch, server.url, 1000)
    with pytest.raises(DatasetError, match="far more"):
        datasets.download("cats_and_dogs", home)


def test_a_download_can_be_stopped(home, server, monkeypatch):
    server.content = bytes(3_000_000)
    published(monkeypatch, server.url, 3_000_000)
    with pytest.raises(Stopped):
        datasets.download("cats_and_dogs", home, should_stop=lambda: True)
    assert list((home / "datasets").iterdir()) == []


def test_only_known_sets_can_be_downloaded(home):
    with pytest.raises(DatasetError, match="cats_and_dogs"):
        datasets.download("digits", home)


def test_the_check_of_a_download_accepts_the_real_photos(real_data):
    downloads.DOWNLOADS["cats_and_dogs"].check(real_data("cats_and_dogs_filtered.zip"))


# Servers that behave badly


def drip(handler) -> None:
    """A byte now and then, for ever."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(1000):
            handler.wfile.write(b"x")
            time.sleep(0.02)


def round_in_circles(handler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "/file.zip?again")
    handler.end_headers()


def speak_no_http(handler) -> None:
    with contextlib.suppress(OSError):
        handler.wfile.write(b"gibberish\r\n\r\n")


def hang_up(handler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("behave", "words"),
    [
        (lambda handler: reply(handler, bytes(500), length="1000"), "500 of 1,000 bytes"),
        (lambda handler: reply(handler, bytes(900), length="-1"), "not the published file"),
        (lambda handler: reply(handler, bytes(900), length="many"), "not the published file"),
        (round_in_circles, "redirect"),
        (speak_no_http, "could not be downloaded"),
        (hang_up, "could not be downloaded"),
    ],
    ids=["cuts off", "negative length", "length in words", "circle", "no HTTP", "hangs up"],
)
def test_a_server_that_misbehaves_is_told_and_leaves_nothing(home, server, monkeypatch, behave, words):
    server.behave = behave
    published(monkeypatch, server.url, 1000, downloads.DOWNLOADS["cats_and_dogs"].check)
    with pytest.raises(DatasetError, match=words):
        datasets.download("cats_and_dogs", home)
    assert list((home / "datasets").iterdir()) == []


def test_a_server_that_drips_is_given_up_and_can_be_stopped_meanwhile(home, server, monkeypatch):
    server.behave = drip
    published(monkeypatch, server.url, 1000)
    told, began = [], time.monotonic()
    with pytest.raises(Stopped):
        datasets.download(
            "cats_and_dogs", home, lambda *_, **stage: told.append(stage), lambda: len(told) > 3
        )
    assert time.monotonic() - began < 5
    monkeypatch.setattr(downloads, "SLOWEST_SECONDS", 0.2)
    with pytest.raises(DatasetError, match="only"):
        datasets.download("cats_and_dogs", home)


def test_a_server_that_says_nothing_is_given_up(home, server, monkeypatch):
    server.behave = lambda handler: time.sleep(1)
    monkeypatch.setattr(downloads, "TIMEOUT_SECONDS", 0.2)
    published(monkeypatch, server.url, 1000)
    with pytest.raises(DatasetError, match="timed out"):
        datasets.download("cats_and_dogs", home)


def test_offline_is_said_in_one_line(home, monkeypatch):
    def offline(*_, **__):
        raise urllib.error.URLError(socket.gaierror(-3, "Temporary failure in name resolution"))

    monkeypatch.setattr(urllib.request, "urlopen", offline)
    with pytest.raises(DatasetError, match="There is no network, so mnist.npz cannot be fetched"):
        datasets.download("mnist", home)


def test_too_little_disk_is_said_before_anything_is_fetched(home, monkeypatch):
    class Usage:
        free = 210 * 10**6

    monkeypatch.setattr(reserve.shutil, "disk_usage", lambda path: Usage)
    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: pytest.fail("asked the network"))
    with pytest.raises(StoreError, match="needs 11 MB and the disk has 210 MB left"):
        datasets.download("mnist", home)


def test_mnist_comes_from_the_address_and_is_checked_by_the_hash_that_keras_uses(tmp_path):
    spec = importlib.util.find_spec("keras")  # looked into and not imported
    source = Path(spec.origin).parent / "src" / "datasets" / "mnist.py"
    text = source.read_text(encoding="utf-8")
    assert downloads.MNIST_SHA256 in text
    assert downloads.DOWNLOADS["mnist"].urls[0].removesuffix("mnist.npz") in text
    (tmp_path / "mnist.npz").write_bytes(b"another file")
    with pytest.raises(DatasetError, match="SHA-256 differs"):
        downloads.DOWNLOADS["mnist"].check(tmp_path / "mnist.npz")
