"""Which browser asks, where nobody logs in: a random cookie, so that after a reload and in another tab one is
the same person. It says nothing of them. At one's own machine it lasts, so that what one wrote is there
tomorrow; where many may sit down at a browser it ends with it."""

import re
import secrets
from collections.abc import Mapping, MutableMapping
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import Send

COOKIE = "thaw-browser"
_BYTES = 16
_LASTS_SECONDS = 400 * 24 * 3600  # longer no browser keeps one
_SAID = re.compile("[0-9a-f]{32}")


def known_as(cookies: Mapping[str, str]) -> str | None:
    """What a browser's cookie calls it; None where it has none of ours."""
    said = cookies.get(COOKIE)
    return said if isinstance(said, str) and _SAID.fullmatch(said) else None


def known(send: Send, request: HTTPConnection, lasting: bool = False) -> Send:
    """A `send` that gives a browser its cookie with the first page.

    Args:
        lasting: Whether it outlives the browser's window.
    """
    if known_as(request.cookies):
        return send

    async def introduce(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message.setdefault("headers", [])
            cookie = f"{COOKIE}={secrets.token_hex(_BYTES)}; HttpOnly; SameSite=Lax; Path=/"
            cookie += f"; Max-Age={_LASTS_SECONDS}" if lasting else ""
            MutableHeaders(scope=message).append("set-cookie", cookie)
        await send(message)

    return introduce
