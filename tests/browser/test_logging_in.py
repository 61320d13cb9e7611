"""Logging in through a real browser, at the app that `streamlit run app.py` serves."""

import pytest

from tests.served import free_port, served

pytest.importorskip("joserfc", reason="Authlib, which brings it, is not installed")
pytest.importorskip("authlib", reason="Authlib is not installed")

from tests.openid import Provider  # noqa: E402  # which needs joserfc


@pytest.fixture(scope="module")
def provider():
    with Provider() as running:
        yield running


@pytest.fixture(scope="module")
def app(provider, tmp_path_factory):
    port = free_port()
    secrets = provider.secrets(f"http://127.0.0.1:{port}")
    with served(tmp_path_factory.mktemp("served"), secrets=secrets, port=port) as running:
        yield running


def complaints(page) -> list[str]:
    """What the browser's console says, with the address that it is about."""
    said = []

    def listen(message):
        if message.type in ("warning", "error"):
            said.append(f"{message.text} {message.location['url']}")

    page.on("console", listen)
    page.on("pageerror", lambda error: said.append(f"page error: {error}"))
    return said


def test_a_link_leads_to_its_page_after_logging_in_and_out_again(page, app):
    said = complaints(page)
    page.goto(f"{app.url}/layers?seed=3")
    page.get_by_role("link", name="Log in").click()
    page.get_by_role("link", name="anna").click()
    page.get_by_role("heading", name="Layers").wait_for()
    assert "seed=3" in page.url
    assert [line for line in said if "status of 40" not in line] == []
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("link", name="Log in").wait_for()
