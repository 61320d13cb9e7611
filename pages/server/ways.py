"""What a path of this server leads to. All that is known is listed: a path that a later Streamlit adds under
`_stcore` stays closed where others use Thaw, until it has its line here."""

from enum import Enum

from streamlit import config


class Way(Enum):
    """Where a path leads, and so who may go there."""

    HEALTH = "health"
    STATIC = "static"  # Streamlit's own scripts and fonts: the same in every app
    LOGIN = "login"  # what makes a known person of a stranger
    STREAM = "stream"  # the web socket, over which everything of a page travels
    UPLOAD = "upload"
    FILE = "file"  # pictures and downloads of a session, parts of the page
    CLOSED = "closed"  # measurements, the interface for programs, what we do not know
    PAGE = "page"


UPLOAD = "_stcore/upload_file/"
LOGIN = "login"  # ours: it only hands over to Streamlit's own, with the pass that this wants
_EXACT = {
    "_stcore/health": Way.HEALTH,
    "_stcore/stream": Way.STREAM,
    "_stcore/host-config": Way.FILE,
    "favicon.png": Way.STATIC,
    "auth/login": Way.LOGIN,
    "auth/logout": Way.LOGIN,
    "oauth2callback": Way.LOGIN,
    LOGIN: Way.LOGIN,
}
_BELOW = {
    "static/": Way.STATIC,
    UPLOAD: Way.UPLOAD,
    "media/": Way.FILE,
    "component/": Way.FILE,
    "_stcore/bidi-components/": Way.FILE,
    "_stcore": Way.CLOSED,
}


def base() -> str:
    """What stands before every path: "" or `/thaw`, as `server.baseUrlPath` says."""
    given = (config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{given}" if given else ""


def below_base(path: str) -> str:
    """A path without what stands before every path, and without its first slash."""
    return path.removeprefix(base()).lstrip("/")


def way_of(path: str) -> Way:
    """Where a path of the server leads."""
    rest = below_base(path)
    if rest in _EXACT:
        return _EXACT[rest]
    return next((way for prefix, way in _BELOW.items() if rest.startswith(prefix)), Way.PAGE)
