"""What a tab says over its web socket: only what a page of ours says goes through, and what is no message at
all ends the tab. Everything else of Streamlit's protocol stays outside, above all what empties everybody's
caches or writes into the folder of the app."""

from collections.abc import Callable

from google.protobuf.message import DecodeError
from starlette.types import Message, Receive, Send
from streamlit import runtime
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

KINDS = ("rerun_script", "stop_script", "app_heartbeat", "file_urls_request", "backend_operation_request")
LETTERS = 1000  # of the name of a page or of a part of one, which Streamlit writes into its log
GONE = "This file is not made any more: load the page again."
_NOT_BINARY, _NO_MESSAGE = 1003, 1002  # as web sockets number why they close


class Talk:
    """A web socket between a browser and the app: give the app `receive` and `send` in place of the given.

    Args:
        may_make: Whether this person was offered a file for download, by the id of its button.
        shown: Is told every message that goes to the browser.
    """

    def __init__(
        self, receive: Receive, send: Send, may_make: Callable[[str], bool], shown: Callable[[bytes], None]
    ):
        self._receive, self._send, self._may_make, self._shown = receive, send, may_make, shown
        self._over = False

    async def receive(self) -> Message:
        """The next message that a page of ours would send."""
        while not self._over:
            message = await self._receive()
            if message["type"] != "websocket.receive":
                return message
            said = _read(message.get("bytes"))
            if said is None:
                return await self._end(_NOT_BINARY if message.get("bytes") is None else _NO_MESSAGE)
            if await self._goes_through(said):
                return {**message, "bytes": said.SerializeToString()} if _shortened(said) else message
        return {"type": "websocket.disconnect", "code": _NO_MESSAGE}

    async def send(self, message: Message) -> None:
        """What the app says, until the tab is over."""
        if self._over:
            return
        if message["type"] == "websocket.send" and message.get("bytes"):
            self._shown(message["bytes"])
        await self._send(message)

    async def _goes_through(self, said: BackMsg) -> bool:
        kind = said.WhichOneof("type")
        if kind != "backend_operation_request":
            return kind in KINDS
        asked = said.backend_operation_request
        if asked.WhichOneof("payload") != "deferred_file":
            return False
        if self._may_make(asked.deferred_file.file_id):
            return True
        answer = ForwardMsg()
        answer.backend_operation_response.request_id = asked.request_id
        answer.backend_operation_response.error_msg = GONE
        await self.send({"type": "websocket.send", "bytes": answer.SerializeToString()})
        return False

    async def _end(self, code: int) -> Message:
        self._over = True
        await self._send({"type": "websocket.close", "code": code})
        return {"type": "websocket.disconnect", "code": code}


def _read(frame: bytes | None) -> BackMsg | None:
    try:
        return BackMsg.FromString(frame) if frame is not None else None
    except DecodeError:
        return None


def _shortened(said: BackMsg) -> bool:
    """Cut off names that name nothing; whether there were any."""
    asked, cut = said.rerun_script, False
    for field in ("page_name", "page_script_hash", "fragment_id"):
        name = getattr(asked, field)
        if len(name) > LETTERS:
            setattr(asked, field, name[:LETTERS])
            cut = True
    return cut


def session_of_file(offered: str) -> str | None:
    """Which session a file for download was offered to, by the id of its button; None where to none."""
    # its lock is held for a look-up only by what changes it, and a dictionary can be read meanwhile
    entry = runtime.get_instance().media_file_mgr._deferred_callables.get(offered)
    return entry["session_id"] if entry else None
