"""Whether what a page needs gets through to a running app, by the address that people type."""

import http.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.errors import ConfigError
from core.people.serving import is_loopback

SECONDS = 10.0
_WEB_SOCKET = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "streamlit",
}  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """What was tried, whether it gets through, and what was seen."""

    what: str
    fine: bool
    said: str


def reach(url: str, set_mb: float) -> list[Trial]:
    """Try what a page needs, as a stranger.

    Args:
        url: Such as `https://thaw.school.example`.
        set_mb: Megabytes that one upload may have.

    Raises:
        ConfigError: this is no address of a server.
    """
    place = urlsplit(url.rstrip("/"))
    if place.scheme not in ("http", "https") or not place.hostname:
        raise ConfigError(f"{url!r} is no address.", "Expected one such as https://thaw.school.example.")
    secret = place.scheme == "https" or is_loopback(place.hostname)
    said = "nobody on the way can read it" if secret else "anyone on the way can read it: put TLS in front"
    trials = [Trial("transport", secret, said)]
    checks = {
        "health": _health, "web socket": _web_socket, "first page": _first_page,
        f"upload of {set_mb:g} MB": lambda asked: _upload(asked, set_mb),
    }  # fmt: skip
    for what, check in checks.items():
        try:
            with _connected(place) as asked:
                trials.append(Trial(what, *check(asked)))
        except (OSError, http.client.HTTPException) as error:
            trials.append(Trial(what, False, f"no answer ({error or type(error).__name__})"))
    return trials


Ask = Callable[..., tuple[int, str]]


@contextmanager
def _connected(place) -> Iterator[Ask]:
    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    connection = kind(place.netloc, timeout=SECONDS)

    def ask(method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
        """Status and text; of a body only its length is sent."""
        connection.putrequest(method, place.path + path)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, "" if answer.status == 101 else answer.read(4096).decode(errors="replace")

    try:
        yield ask
    finally:
        connection.close()


def _health(ask: Ask) -> tuple[bool, str]:
    status, _ = ask("GET", "/_stcore/health", {})
    return status == 200, "the app answers" if status == 200 else f"status {status} in place of 200"


def _web_socket(ask: Ask) -> tuple[bool, str]:
    status, _ = ask("GET", "/_stcore/stream", _WEB_SOCKET)
    if status in (101, 401):  # opened; or asked to log in, which only a web socket gets to hear
        return True, "the proxy passes it"
    if status == 426:
        return False, "the proxy drops the headers Upgrade and Connection: no page would ever be drawn"
    return False, f"status {status}: no page would ever be drawn"


def _first_page(ask: Ask) -> tuple[bool, str]:
    status, text = ask("GET", "/", {"Accept": "text/html"})
    if status == 401:
        return True, "a stranger is asked to log in"
    if status == 200:
        return True, "everyone gets in: right only where all trust one another"
    return False, f"status {status}: {' '.join(text.split())[-300:] if status == 503 else 'no page'}"


def _upload(ask: Ask, set_mb: float) -> tuple[bool, str]:
    try:
        status, _ = ask(
            "PUT", "/_stcore/upload_file/check/check", {"Content-Length": str(int(set_mb * 1_000_000))}
        )
    except TimeoutError:
        return True, "the proxy waits for the whole file first, so its limit could not be tried"
    if status == 413:
        return False, "the proxy takes no body of that size: raise its limit"
    if status in (400, 401, 403):  # of the app, which knows no such session
        return True, "the proxy does not refuse it by its length"
    return False, f"status {status}: it does not get to the app"
