"""Where a stranger wanted to go: a link to a page leads there after they have logged in, though the login
itself comes back to the first page."""

from urllib.parse import quote, unquote

from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response

from pages.server.ways import base

COOKIE = "_thaw_wanted"
_LETTERS = 2000  # of a link; a cookie holds 4096
_SECONDS = 600


def remember(request: HTTPConnection, answer: Response) -> None:
    """Let the browser keep where it wanted to go."""
    path, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
    place = quote(f"{path}?{query}" if query else path, safe="")
    is_page = "." not in path and not _is_first_page(request)
    if is_page and len(place) <= _LETTERS:
        answer.set_cookie(COOKIE, place, max_age=_SECONDS, path=f"{base()}/", httponly=True, samesite="lax")


def asked_before(request: HTTPConnection) -> str | None:
    """Where someone who comes to the first page wanted to go before they logged in."""
    place = unquote(request.cookies.get(COOKIE, ""))
    if not _is_first_page(request) or request.scope["method"] != "GET":
        return None
    # below this server alone: a browser takes `//elsewhere` and `/\\elsewhere` for another one
    inside = place.startswith(f"{base()}/") and not place.startswith(("//", "/\\")) and place.isprintable()
    return place if inside else None


def going_there(place: str) -> Response:
    """Send them there, once."""
    answer = RedirectResponse(place, 302)
    answer.delete_cookie(COOKIE, path=f"{base()}/")
    return answer


def _is_first_page(request: HTTPConnection) -> bool:
    return request.scope["path"] in (base(), f"{base()}/") and not request.scope["query_string"]
