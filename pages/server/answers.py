"""What someone gets who gets nothing of the app: a sentence, on a small page of its own or as plain text."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, Response

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Thaw</title>
<style>
body {{font: 1.1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 0 1rem;
       color: #31333f; background: #fff}}
a {{display: inline-block; padding: .4rem 1rem; border-radius: .5rem; background: #1976b8; color: #fff;
    text-decoration: none}}
@media (prefers-color-scheme: dark) {{body {{color: #fafafa; background: #0e1117}}}}
</style>
<h1>Thaw</h1>
<p>{said}</p>
{links}
</html>
"""
# Nothing of another's is loaded by these pages, and nobody may frame them
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'self'"


def refusal(request: HTTPConnection, status: int, said: str) -> Response:
    """A sentence with this status, as a page where a browser asked for one."""
    if "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse(f"{said}\n", status)
    return _page(status, said)


def log_in(login_path: str, providers: Sequence[str]) -> Response:
    """The page for a stranger: a link a provider.

    Args:
        login_path: Where to log in, from the root of this server.
    """
    links = [
        f'<p><a href="{escape(login_path)}?with={quote(name)}">{escape(label)}</a></p>'
        for name in providers
        for label in ["Log in" if name == "default" else f"Log in with {name}"]
    ]
    return _page(401, "This Thaw is shared: log in, so that what you do here is yours.", "\n".join(links))


def _page(status: int, said: str, links: str = "") -> Response:
    page = _PAGE.format(said=escape(said), links=links)
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(page, status, headers)
