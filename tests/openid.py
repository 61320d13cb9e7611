"""A small OpenID provider on loopback, for tests of logging in. Whoever asks may be anyone in its list.

    with Provider({"anna": {"email": "anna@school.example"}}) as provider:
        secrets.write_text(provider.secrets("http://127.0.0.1:8501"))  # for `--secrets.files`

Its page has a link a user, by name. It needs joserfc, which comes with Authlib.
"""

import base64
import hashlib
import secrets
import socket
import threading
import time
from urllib.parse import urlencode

import uvicorn
from joserfc import jwk, jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "thaw", "the-secret-of-the-client"
COOKIE_SECRET = "a-cookie-secret-of-more-than-thirty-two-letters"
TOKEN_SECONDS = 3600
USERS = {
    "anna": {"email": "anna@school.example", "email_verified": True},
    "ben": {"email": "ben@school.example", "email_verified": True},
    "theo": {"email": "theo@school.example", "email_verified": True},  # the teacher of most tests
}


class Provider:
    """A running provider.

    Attributes:
        url: Its address, without a slash at the end.
        users: Name -> the claims that it makes of them; the name is also their `sub`.
    """

    def __init__(self, users: dict[str, dict] | None = None):
        self.users = USERS if users is None else users
        self._key = jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self._asked: dict[str, dict[str, str]] = {}  # code -> what was asked for with it, and by whom
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        routes = [
            Route("/.well-known/openid-configuration", self._metadata),
            Route("/keys", self._keys),
            Route("/authorize", self._authorize),
            Route("/token", self._token, methods=["POST"]),
            Route("/leave", self._leave),
        ]
        self._server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="warning"))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> "Provider":
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *_problem) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()

    def secrets(self, app: str) -> str:
        """The `secrets.toml` of a Thaw at this address, such as `http://127.0.0.1:8501`."""
        return "\n".join(
            [
                "[auth]",
                f'redirect_uri = "{app}/oauth2callback"',
                f'cookie_secret = "{COOKIE_SECRET}"',
                f'client_id = "{CLIENT}"',
                f'client_secret = "{SECRET}"',
                f'server_metadata_url = "{self.url}/.well-known/openid-configuration"',
                "",
            ]
        )

    # What the app asks of it

    async def _metadata(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "end_session_endpoint": f"{self.url}/leave",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    async def _authorize(self, request: Request) -> Response:
        """The page where one says who one is; with `as=NAME` the answer, for tests without a browser."""
        asked = dict(request.query_params)
        name = asked.pop("as", None)
        if name is None:
            links = {name: urlencode({**asked, "as": name}) for name in self.users}
            page = "".join(f'<p><a href="?{query}">{name}</a></p>' for name, query in links.items())
            return HTMLResponse(f"<title>Provider</title><h1>Who are you?</h1>{page}")
        code = secrets.token_urlsafe(16)
        self._asked[code] = {**asked, "sub": name}
        query = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{query}")

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        asked = self._asked.pop(str(form["code"]), None)
        told = request.headers.get("authorization", "").removeprefix("Basic ")
        if asked is None or base64.b64decode(told) != f"{CLIENT}:{SECRET}".encode():
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        if asked["code_challenge"] != base64.urlsafe_b64encode(digest).decode().rstrip("="):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": CLIENT, "sub": asked["sub"], "nonce": asked["nonce"],
            "iat": now, "exp": now + TOKEN_SECONDS, **self.users[asked["sub"]],
        }  # fmt: skip
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self._key)
        return JSONResponse(
            {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "id_token": token}
        )

    async def _leave(self, request: Request) -> Response:
        return RedirectResponse(request.query_params["post_logout_redirect_uri"])
