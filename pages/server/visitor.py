"""Who sends a request: read from it alone, before Streamlit sees it."""

import json
from collections.abc import Mapping

from starlette.requests import HTTPConnection
from streamlit import runtime
from streamlit.auth_util import get_origin_from_redirect_uri
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.web.server.starlette import starlette_websocket
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from core.errors import ThawError
from core.people import serving
from core.person import Person


def logged_in(request: HTTPConnection) -> Person | None:
    """Whom the signed cookie of Streamlit's login names; None for a stranger.

    The claims are checked as Streamlit checks those of a web socket.
    """
    try:
        signed = starlette_websocket._get_signed_cookie_with_chunks(dict(request.cookies), USER_COOKIE_NAME)
        claims = json.loads(signed) if signed else {}
    except ValueError:  # signed by us, and yet no JSON: an older Streamlit
        return None
    if not claims.get("is_logged_in") or claims.get("origin") != get_origin_from_redirect_uri():
        return None
    return from_claims(claims)


def from_claims(claims: Mapping) -> Person | None:
    """The person of a login's claims; None where they say nothing that could be one."""
    try:
        return serving.person(
            claims.get("email"), claims.get("sub"), verified=claims.get("email_verified") is not False
        )
    except ThawError:
        return None


class Sessions:
    """Whose each session is, and what its uploads hold in memory."""

    def __init__(self):
        self._owners: dict[str, str] = {}

    def claim(self, session: str, owner: str) -> None:
        """Note whose a session is. Its own script says so, whom Streamlit has told who logged in."""
        if session not in self._owners and runtime.exists():
            self._forget()
        self._owners[session] = owner

    def owner(self, session: str) -> str | None:
        """Whose it is; None where it never got as far as drawing a page."""
        return self._owners.get(session)

    def held_bytes(self) -> dict[str, int]:
        """Owner -> bytes of the files that their sessions hold, "" for sessions of nobody's."""
        held: dict[str, int] = {}
        for session, files in _files().items():
            owner = self._owners.get(session, "")
            held[owner] = held.get(owner, 0) + sum(len(file.data) for file in files)
        return held

    def _forget(self) -> None:
        """Leave out sessions that have ended and hold nothing any more."""
        server, files, owners = runtime.get_instance(), _files(), list(self._owners.items())
        self._owners = {one: whose for one, whose in owners if one in files or server.is_active_session(one)}


def _files() -> dict[str, list]:
    """Session -> the files that it holds, where it holds any."""
    uploads = runtime.get_instance().uploaded_file_mgr
    stored = uploads.file_storage if isinstance(uploads, MemoryUploadedFileManager) else {}
    return {session: list(files.values()) for session, files in list(stored.items()) if files}


SESSIONS = Sessions()
