"""The whole of docs/serving.md: a browser, Caddy with TLS and `docs/serving/Caddyfile`, the app with login, a
provider. Long, and Caddy is not everywhere."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.steps import new_page
from tests.browser.test_own_photos import add_photos, night_and_day
from tests.served import free_port, served

pytest.importorskip("joserfc", reason="Authlib, which brings it, is not installed")
pytest.importorskip("authlib", reason="Authlib is not installed")

from tests.openid import Provider  # noqa: E402  # which needs joserfc

ROOT = Path(__file__).resolve().parents[2]
CADDYFILE = ROOT / "docs/serving/Caddyfile"
pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(shutil.which("caddy") is None, reason="Caddy is not installed"),
]
DEAF = """{$THAW_SITE} {
	reverse_proxy 127.0.0.1:{$THAW_PORT} {
		header_up -Upgrade
		header_up -Connection
	}
}
"""


@dataclass
class Site:
    """A running Thaw behind Caddy."""

    url: str
    root: Path  # the certificate that signed its own
    home: Path

    def check(self) -> tuple[int, dict[str, bool]]:
        """`python -m core serve --check`: its exit code, and what gets through."""
        env = {**os.environ, "SSL_CERT_FILE": str(self.root), "THAW_HOME": str(self.home)}
        done = subprocess.run(
            [sys.executable, "-m", "core", "serve", "--check", self.url, "--json"],
            cwd=ROOT, env=env, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        return done.returncode, {one["what"]: one["fine"] for one in json.loads(done.stdout)["tried"]}


@contextlib.contextmanager
def caddy(folder: Path, site: str, port: int, caddyfile: Path):
    """Caddy with a certificate of its own making, as it does for localhost; its root certificate."""
    folder.mkdir()
    mine = folder / "Caddyfile"
    mine.write_text(
        "{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n"
        f"\tstorage file_system {folder}/kept\n}}\n\nimport {caddyfile}\n"
    )
    env = {**os.environ, "THAW_SITE": site, "THAW_PORT": str(port)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["caddy", "run", "--adapter", "caddyfile", "--config", str(mine)],
            env=env, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    root = folder / "kept/pki/authorities/local/root.crt"
    try:
        deadline = time.monotonic() + 20
        while not root.exists() or "serving initial configuration" not in (folder / "log").read_text():
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)
        yield root
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def provider():
    with Provider() as running:
        yield running


@contextlib.contextmanager
def site_behind(caddyfile: Path, provider: Provider, folder: Path):
    site, port = f"https://localhost:{free_port()}", free_port()
    with (
        served(folder / "app", secrets=provider.secrets(site), port=port, THAW_SHARED="1"),
        caddy(folder / "caddy", site, port, caddyfile) as root,
    ):
        yield Site(site, root, folder / "app" / "home")


@pytest.fixture(scope="module")
def site(provider, tmp_path_factory):
    with site_behind(CADDYFILE, provider, tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def visitor(chromium):
    """`visitor()`: a page in a browser profile of its own."""
    pages = []

    def come():
        pages.append(new_page(chromium, [], ignore_https_errors=True))
        return pages[-1]

    yield come
    for page in pages:
        page.context.close()


def log_in(page, site: Site, name: str, path: str = "/") -> None:
    page.goto(site.url + path)
    page.get_by_role("link", name="Log in").click()
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name="Log out").wait_for()


def test_what_the_guide_says_gets_through(site):
    code, fine = site.check()
    assert code == 0, fine
    assert len(fine) == 5


def test_someone_logs_in_and_uploads_photos_through_the_proxy(site, visitor, tmp_path):
    said, page = [], visitor()
    page.on("console", lambda message: said.append(message) if message.type in ("warning", "error") else None)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    log_in(page, site, "anna")
    (tmp_path / "skies.zip").write_bytes(night_and_day(14))
    add_photos(page)
    page.locator("input[type=file]").set_input_files(tmp_path / "skies.zip")
    page.get_by_text("photos · 2 classes").wait_for()
    assert [one.text for one in said if "status of 40" not in one.text] == []
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies["_streamlit_user"]["secure"]
    assert cookies["_streamlit_user"]["httpOnly"]


PATHS = [
    "/", "/fine_tuning", "/media/f.png", "/component/a/b", "/_stcore/host-config", "/_stcore/stream",
    "/_stcore/bidi-components/a/b.js", "/_stcore/upload_file/a/b", "/_stcore/metrics",
    "/_stcore/agent/interact", "/_stcore/agent/mcp", "/app/static/f", "/elsewhere",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_a_stranger_gets_nothing_by_any_path_nor_method(site, visitor, path):
    request = visitor().request
    for method in ("GET", "PUT", "POST", "DELETE"):
        answer = request.fetch(site.url + path, method=method)
        assert answer.status in (401, 404, 426), (method, answer.status)
        assert "streamlit" not in answer.text().lower()


def test_a_borrowed_session_is_refused_through_the_proxy(site, visitor):
    anna, ben = visitor(), visitor()
    sent = []
    anna.on("request", lambda asked: sent.append(asked.url) if "upload_file" in asked.url else None)
    log_in(anna, site, "anna")
    log_in(ben, site, "ben")
    add_photos(anna)
    anna.locator("input[type=file]").set_input_files(
        {"name": "a.zip", "mimeType": "application/zip", "buffer": night_and_day(14)}
    )
    anna.get_by_text("photos · 2 classes").wait_for()
    where = next(url for url in sent if "upload_file" in url)
    token = next(cookie["value"] for cookie in ben.context.cookies() if cookie["name"] == "_streamlit_xsrf")
    file = {"file": {"name": "b.txt", "mimeType": "text/plain", "buffer": b"hello"}}
    answer = ben.request.put(where, multipart=file, headers={"X-Xsrftoken": token})
    assert answer.status == 403
    assert "not yours" in answer.text()
    assert visitor().request.put(where, multipart=file).status == 401


def test_a_body_where_none_belongs_ends_at_the_proxy(site, visitor):
    answer = visitor().request.post(f"{site.url}/fine_tuning", data=b"x" * 200_000)
    assert answer.status in (413, 502)  # Caddy cuts it off, and this one says then that the app did


def test_a_proxy_that_drops_web_sockets_is_named_by_the_check_and_on_the_page(provider, visitor, tmp_path):
    deaf = tmp_path / "Deaf"
    deaf.write_text(DEAF)
    with site_behind(deaf, provider, tmp_path / "site") as site:
        code, fine = site.check()
        page = visitor()
        page.goto(site.url)
        page.get_by_role("link", name="Log in").click()
        with page.expect_response(lambda got: got.url.endswith("/_stcore/health")):
            page.get_by_role("link", name="anna").click()
        page.wait_for_timeout(2000)
        page.goto(site.url)
        page.get_by_text("passes no web sockets").wait_for()
    assert code == 1
    assert [name for name, well in fine.items() if not well] == ["web socket"]
