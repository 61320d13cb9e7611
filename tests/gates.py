"""The door in front of Streamlit (`pages.server.gate`) with an app behind it that says yes to all."""

import asyncio

from core.person import Person
from pages.server import gate
from pages.ui import serving

ANNA, BEN = Person("user-v1-anna", "anna@school.example"), Person("user-v1-ben", "ben@school.example")


class Door:
    """A gate in a certain mode, with an app behind it that notes what it gets."""

    def __init__(self, monkeypatch, settled, known: dict[str, Person] | None = None):
        self.reached: list[str] = []
        self.inside: asyncio.Event | None = None  # what the app behind waits for, if it should
        monkeypatch.setattr(serving, "settle", lambda: settled)
        monkeypatch.setattr(serving, "providers", lambda: ("default",))
        self._monkeypatch, self._known = monkeypatch, known or {}
        self._gate = gate.Gate(self._app)

    async def _app(self, scope, receive, send):
        self.reached.append(scope["path"])
        if self.inside:
            await self.inside.wait()
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"the app"})

    async def send(
        self, path: str, method: str = "GET", kind: str = "http", **headers: str
    ) -> tuple[int, str]:
        """Status and text of the answer; 101 for a web socket that is let in."""
        known = self._known
        self._monkeypatch.setattr(gate, "logged_in", lambda asked: known.get(asked.cookies.get("who")))
        head, _, query = path.partition("?")
        said = {"host": "127.0.0.1:8501", **{k.replace("_", "-"): v for k, v in headers.items()}}
        scope = {
            "type": kind, "path": head, "method": method, "query_string": query.encode(),
            "headers": [(k.encode(), v.encode()) for k, v in said.items()],
            "client": ("10.0.0.7", 5), "extensions": {"websocket.http.response": {}},
        }  # fmt: skip
        self.answer, text = {}, b""

        async def receive():
            return {"type": "websocket.connect"} if kind == "websocket" else {"type": "http.request"}

        async def take(message):
            nonlocal text
            self.answer.update(message)
            text += message.get("body", b"")

        await self._gate(scope, receive, take)
        status = 101 if self.answer["type"] == "websocket.accept" else self.answer["status"]
        return status, text.decode()

    def get(self, path: str, **of) -> tuple[int, str]:
        return asyncio.run(self.send(path, **of))

    def header(self, name: str) -> str:
        return dict(self.answer["headers"]).get(name.encode(), b"").decode()
