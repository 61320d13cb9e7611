"""The door in front of Streamlit: who may send what to which path. Where one person uses Thaw it only makes
sure that the request comes from this machine."""

import asyncio
import logging
from contextlib import suppress

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from streamlit import config
from streamlit.auth_util import encode_provider_token, get_origin_from_redirect_uri
from streamlit.runtime.pages_manager import PagesManager

from core import limits
from core.errors import StoreError, ThawError
from core.people import actions
from core.people import serving as rules
from core.people.serving import Mode
from core.person import Person
from core.store import Store
from pages.server import answers, browsers, hardening, pace, wanted
from pages.server.bounds import ALL_TABS, Tabs, Uploads
from pages.server.shown import MEDIA, Shown
from pages.server.talk import Talk, session_of_file
from pages.server.visitor import SESSIONS, logged_in
from pages.server.ways import LOGIN, UPLOAD, Way, base, below_base, way_of
from pages.ui import serving

BODY_BYTES = 64 * 1024  # of a request that is no upload: none of them needs any
UPLOAD_SECONDS = 900  # a file of 500 MB at 5 Mbit/s
LOGINS_AT_ONCE = 8  # each asks the provider: a stranger must not make us ask it without end
DEAF = (
    "The proxy in front of Thaw passes no web sockets, without which no page can be drawn. "
    "Let it pass the headers Upgrade and Connection, as in docs/serving/Caddyfile."
)
_PUBLIC = (Way.HEALTH, Way.STATIC, Way.LOGIN)
_LOG = logging.getLogger("streamlit.thaw")


class Gate:
    """ASGI middleware; the outermost."""

    def __init__(self, app: ASGIApp):
        self._app = app
        PagesManager.uses_pages_directory = False  # the first visitor's link to a page runs `app.py` too
        self._settled = serving.settle()
        self._logins = asyncio.Semaphore(LOGINS_AT_ONCE)
        self._shown = Shown()
        self._deaf: set[str] = set()  # whose requests come through a proxy that passes no web sockets
        if isinstance(self._settled, ThawError):
            _LOG.error("Thaw is not served. %s", self._settled)
        elif self._settled.shared:
            allowed, login = limits.read(True), self._settled is Mode.LOGIN
            all_mb = allowed.uploads_mb or 0
            file_mb = min(config.get_option("server.maxUploadSize"), allowed.set_mb or 0, all_mb)
            # without login a person is an address, and a whole school may have one
            person_mb, tabs = (allowed.set_mb or 0, allowed.tabs or 0) if login else (all_mb, ALL_TABS)
            self._tabs = Tabs(tabs)
            self._uploads = Uploads(file_mb, person_mb, all_mb, SESSIONS.held_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request, way = HTTPConnection(scope), way_of(scope["path"])
        send = hardening.hardened(send, way, secure=self._settled is Mode.LOGIN and _over_https())
        if way is Way.PAGE and self._settled is not Mode.LOGIN:
            send = browsers.known(send, request, lasting=self._settled is Mode.OWN)
        try:
            await self._let_in(request, way, receive, send)
        except HTTPException as refused:
            answer = answers.refusal(request, refused.status_code, refused.detail)
            await _answer(answer, scope, receive, send)

    async def _let_in(self, request: HTTPConnection, way: Way, receive: Receive, send: Send) -> None:
        if isinstance(self._settled, ThawError):
            if way is not Way.HEALTH:
                raise HTTPException(503, str(self._settled))
        elif self._settled is Mode.OWN:
            if not rules.is_from_here(request.headers):
                raise HTTPException(403, str(rules.unguarded()))
            if way is Way.STREAM:
                with pace.one_more_tab():
                    await self._app(request.scope, *self._talk("", None, receive, send))
                return
        else:
            await self._let_in_to_a_shared_one(request, way, receive, send)
            return
        await self._app(request.scope, receive, send)

    async def _let_in_to_a_shared_one(
        self, request: HTTPConnection, way: Way, receive: Receive, send: Send
    ) -> None:
        scope, person = request.scope, None
        _require_sense(request, way)
        if way is Way.LOGIN and self._settled is not Mode.LOGIN:
            raise HTTPException(404, "Nobody logs in here.")
        if self._settled is Mode.LOGIN and way not in _PUBLIC:
            person = logged_in(request)
            if person is None:
                await _answer(_stranger(request, way), scope, receive, send)
                return
        owner = person.id if person else request.client.host if request.client else ""
        match way:
            case Way.STREAM:
                await self._stream(request, owner, person, receive, send)
            case Way.UPLOAD if request.scope["method"] in ("PUT", "DELETE"):
                await self._upload(request, owner, person, receive, send)
            case Way.FILE if person and not self._was_shown(person, request):
                raise HTTPException(403, "No page has shown you this: load the page again.")
            case Way.LOGIN:
                async with self._logins:
                    await self._login(request, receive, send)
            case Way.PAGE if owner in self._deaf:
                raise HTTPException(502, DEAF)
            case Way.PAGE if place := wanted.asked_before(request):
                await _answer(wanted.going_there(place), scope, receive, send)
            case _:
                await self._app(scope, receive, send)

    async def _stream(
        self, request: HTTPConnection, owner: str, person: Person | None, receive: Receive, send: Send
    ) -> None:
        if request.scope["type"] == "http":  # a browser asked for a web socket, and a proxy dropped the wish
            if owner not in self._deaf:
                _LOG.error(DEAF)
            self._deaf.add(owner)
            raise HTTPException(426, DEAF)
        self._deaf.discard(owner)
        with self._tabs.one_more(owner), pace.one_more_tab():
            if person:
                with suppress(StoreError):  # its own page says what is wrong with the store
                    actions.note(Store().home, person.id, "opened")
            await self._app(request.scope, *self._talk(owner, person, receive, send))

    def _talk(self, owner: str, person: Person | None, receive: Receive, send: Send) -> tuple[Receive, Send]:
        def may_make(offered: str) -> bool:
            session = session_of_file(offered)
            return session is not None and (person is None or SESSIONS.owner(session) == person.id)

        def shown(message: bytes) -> None:
            if person:
                self._shown.note(owner, message)

        talk = Talk(receive, send, may_make, shown)
        return talk.receive, talk.send

    def _was_shown(self, person: Person, request: HTTPConnection) -> bool:
        path = below_base(request.scope["path"])
        return not path.startswith(MEDIA) or self._shown.was_shown(person.id, path.removeprefix(MEDIA))

    async def _upload(
        self, request: HTTPConnection, owner: str, person: Person | None, receive: Receive, send: Send
    ) -> None:
        session = below_base(request.scope["path"]).removeprefix(UPLOAD).partition("/")[0]
        if person and SESSIONS.owner(session) != person.id:
            raise HTTPException(403, "This session is not yours: load the page again.")
        if request.scope["method"] == "DELETE":
            await self._app(request.scope, receive, send)
            return
        try:
            async with asyncio.timeout(UPLOAD_SECONDS), self._uploads.one_more(owner, _length(request)):
                await self._app(request.scope, receive, send)
        except TimeoutError:
            raise HTTPException(408, "This file took too long.") from None

    async def _login(self, request: HTTPConnection, receive: Receive, send: Send) -> None:
        if below_base(request.scope["path"]) != LOGIN:
            await self._app(request.scope, receive, send)
            return
        name = request.query_params.get("with", "")
        if name not in serving.providers():
            raise HTTPException(404, "There is no such login.")
        there = f"{base()}/auth/login?provider={encode_provider_token(name)}"
        await _answer(RedirectResponse(there, 302), request.scope, receive, send)


def _require_sense(request: HTTPConnection, way: Way) -> None:
    """Refuse what no page of ours ever sends."""
    socket = request.scope["type"] == "websocket"
    if way is Way.CLOSED or (socket and way is not Way.STREAM):
        raise HTTPException(404, "There is nothing here.")
    if not socket and way is not Way.UPLOAD and (_length(request) or 0) > BODY_BYTES:
        raise HTTPException(413, "Nothing can be sent here.")


def _stranger(request: HTTPConnection, way: Way) -> Response:
    """What someone gets who has not logged in. Their link is kept, for when they have."""
    if way is Way.STREAM and request.scope["type"] == "http":
        return answers.refusal(request, 426, DEAF)  # `python -m core serve --check` wants to know
    if way is not Way.PAGE or "text/html" not in request.headers.get("accept", ""):
        return answers.refusal(request, 401, "Log in first.")
    answer = answers.log_in(f"{base()}/{LOGIN}", serving.providers())
    wanted.remember(request, answer)
    return answer


def _length(request: HTTPConnection) -> int | None:
    """Bytes of the body, as said. The server reads no more than that of it; where it is sent in pieces of
    lengths of their own, what is said beside that does not count."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isdigit() and "transfer-encoding" not in request.headers else None


def _over_https() -> bool:
    return (get_origin_from_redirect_uri() or "").startswith("https:")


async def _answer(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await WebSocket(scope, receive, send).send_denial_response(response)
    else:
        await response(scope, receive, send)
