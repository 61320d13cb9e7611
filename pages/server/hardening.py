"""Headers that tell a browser what it must not do with the app's answers."""

from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import Send

from pages.server.ways import Way


def hardened(send: Send, way: Way, secure: bool) -> Send:
    """A `send` that adds the headers.

    Args:
        secure: Whether cookies are to travel over TLS alone.
    """

    async def harden(message: MutableMapping[str, Any]) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            message.setdefault("headers", [])
            _harden(MutableHeaders(scope=message), way, secure)
        await send(message)

    return harden


def _harden(headers: MutableHeaders, way: Way, secure: bool) -> None:
    headers["X-Content-Type-Options"] = "nosniff"  # a photo is a photo, whatever stands in it
    headers["Referrer-Policy"] = "no-referrer"  # a link out must not tell which runs were looked at
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    # What a session made, opened by itself, is no page of ours and runs nothing; and nobody frames ours
    policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'" if way is Way.FILE else ""
    headers.setdefault("Content-Security-Policy", "; ".join(filter(None, [policy, "frame-ancestors 'self'"])))
    if way in (Way.FILE, Way.PAGE):
        headers.setdefault("Cache-Control", "private")
    if secure:
        cookies = headers.getlist("set-cookie")
        del headers["set-cookie"]
        for cookie in cookies:
            headers.append("set-cookie", cookie if "; secure" in cookie.lower() else f"{cookie}; Secure")
