"""One tab of a browser in the app's own protocol: a web socket, protocol buffers, and uploads by HTTP."""

import asyncio
import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

ANSWER_SECONDS = 120.0  # a page that takes longer has failed
XSRF = "_streamlit_xsrf"
Note = Callable[[str, float], None]  # what was done, seconds until its answer was there


@dataclass
class Clock:
    """When a part of a page redraws itself.

    Attributes:
        interval: Seconds.
        due: By `time.monotonic`.
    """

    interval: float
    due: float = field(init=False)

    def __post_init__(self):
        self.due = time.monotonic() + self.interval

    def rings(self) -> bool:
        """Whether it is time; then the next time is set."""
        now = time.monotonic()
        if now < self.due:
            return False
        self.due = now + self.interval
        return True


@dataclass
class Tab:
    """What the server sees of a tab, and what the tab knows of its page."""

    url: str  # http://127.0.0.1:8501
    note: Note
    widgets: dict[str, str] = field(default_factory=dict)  # the key that the app gave a widget -> its id
    _states: dict[str, WidgetState] = field(default_factory=dict)
    _polled: dict[str, "Clock"] = field(default_factory=dict)  # the parts that redraw themselves

    async def __aenter__(self) -> "Tab":
        self._token = await asyncio.to_thread(_xsrf_token, self.url)
        self._socket: ClientConnection = await connect(
            f"{self.url.replace('http', 'ws', 1)}/_stcore/stream", origin=self.url, max_size=None,
            additional_headers={"Cookie": f"{XSRF}={self._token}"}, subprotocols=["streamlit", self._token],
        )  # fmt: skip
        return self

    async def __aexit__(self, *problem) -> None:
        await self._socket.close()

    # What a person does

    async def open(self, page: str, what: str = "", query: str = "") -> None:
        """Go to a page, named as in the address bar with what follows its `?`, and wait until it is drawn."""
        self._states.clear()
        await self._run(what or f"open {page or 'start'}", page, query=query)

    async def choose(self, key: str, option: str, what: str) -> None:
        """Move a slider with named stops, or take one of a few views."""
        state = WidgetState(id=self.widgets[key])
        state.string_array_value.data.append(option)
        self._states[key] = state
        await self._run(what)

    async def write(self, key: str, text: str, what: str) -> None:
        """Write into a field."""
        self._states[key] = WidgetState(id=self.widgets[key], string_value=text)
        await self._run(what)

    async def press(self, key: str, what: str) -> None:
        """Press a button."""
        self._states[key] = WidgetState(id=self.widgets[key], trigger_value=True)
        await self._run(what, pressed=key)

    async def upload(self, key: str, name: str, content: bytes, what: str) -> None:
        """Send a file to an uploader. What is noted begins when all of it has arrived."""
        asked = BackMsg()
        asked.file_urls_request.file_names.append(name)
        asked.file_urls_request.session_id = self._session
        await self._socket.send(asked.SerializeToString())
        urls = await asyncio.wait_for(self._file_urls(), ANSWER_SECONDS)
        await asyncio.to_thread(_send_file, self.url, urls.upload_url, self._token, name, content)
        state = WidgetState(id=self.widgets[key])
        state.file_uploader_state_value.uploaded_file_info.add(
            name=name, size=len(content), file_id=urls.file_id, file_urls=urls
        )
        self._states[key] = state
        await self._run(what)

    async def look(self, seconds: float) -> None:
        """Do nothing; what redraws itself goes on doing so, as in a browser."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            due = min((clock.due for clock in self._polled.values()), default=end)
            await asyncio.sleep(max(0.0, min(end, due) - now))
            for fragment, clock in list(self._polled.items()):
                # the one before it may have redrawn the whole page
                if self._polled.get(fragment) is clock and clock.rings():
                    message = self._message()
                    message.rerun_script.fragment_id = fragment
                    message.rerun_script.is_auto_rerun = True
                    await self._send(message, "redraws itself")

    # The protocol

    def _message(self) -> BackMsg:
        message = BackMsg()
        message.rerun_script.page_script_hash = self._page_hash
        return message

    async def _run(self, what: str, page: str | None = None, pressed: str = "", query: str = "") -> None:
        message = BackMsg()
        if page is None:
            message = self._message()
        else:
            message.rerun_script.page_name = page
            message.rerun_script.query_string = query
        await self._send(message, what)
        self._states.pop(pressed, None)

    async def _send(self, message: BackMsg, what: str) -> None:
        message.rerun_script.widget_states.widgets.extend(self._states.values())
        begin = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        await asyncio.wait_for(self._drawn(), ANSWER_SECONDS)
        self.note(what, time.perf_counter() - begin)

    async def _drawn(self) -> None:
        """Read what the server sends until the script has finished; an error on the page is raised."""
        async for packet in self._socket:
            message = ForwardMsg.FromString(packet)
            match message.WhichOneof("type"):
                case "new_session":
                    self._session = message.new_session.initialize.session_id
                    if not message.metadata.run.fragment_ids:  # the whole page is drawn anew
                        self.widgets.clear()
                        self._polled.clear()
                case "navigation":
                    self._page_hash = message.navigation.page_script_hash
                case "auto_rerun":
                    clock = Clock(message.auto_rerun.interval)
                    self._polled[message.auto_rerun.fragment_id] = clock
                case "stop_auto_rerun":
                    self._polled.pop(message.stop_auto_rerun.fragment_id, None)
                case "delta" if message.delta.WhichOneof("type") == "new_element":
                    self._see(message.delta.new_element)
                case "script_finished" if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    self._forget_what_is_gone()
                    return

    def _see(self, element) -> None:
        kind = element.WhichOneof("type")
        content = getattr(element, kind)
        if kind == "exception":
            raise RuntimeError(f"The page shows {content.type}: {content.message}")
        found = getattr(content, "id", "")
        if isinstance(found, str) and found.startswith("$$ID-"):
            self.widgets[found.split("-", 2)[2]] = found

    def _forget_what_is_gone(self) -> None:
        there = set(self.widgets.values())
        self._states = {key: state for key, state in self._states.items() if state.id in there}

    async def _file_urls(self) -> FileURLs:
        async for packet in self._socket:
            message = ForwardMsg.FromString(packet)
            if message.WhichOneof("type") == "file_urls_response":
                return message.file_urls_response.file_urls[0]
        raise ConnectionError("The server closed the web socket.")


def _xsrf_token(url: str) -> str:
    """What the server puts into a cookie, to see that a request comes from a page of its own."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=ANSWER_SECONDS)
    connection.request("GET", "/_stcore/health")
    cookies = connection.getresponse().headers.get_all("set-cookie") or []
    connection.close()
    return next(one for one in cookies if one.startswith(XSRF)).partition("=")[2].partition(";")[0].strip('"')


def _send_file(url: str, path: str, token: str, name: str, content: bytes) -> None:
    line = "a-line-between"
    head = f'--{line}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=ANSWER_SECONDS)
    connection.request("PUT", path, head.encode() + content + f"\r\n--{line}--\r\n".encode(), {
        "Content-Type": f"multipart/form-data; boundary={line}", "X-Xsrftoken": token,
        "Cookie": f"{XSRF}={token}",
    })  # fmt: skip
    answer = connection.getresponse()
    connection.close()
    if answer.status not in (200, 204):
        raise RuntimeError(f"The upload was answered with {answer.status}.")
