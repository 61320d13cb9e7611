"""A tab of a browser in the app's own protocol, without a browser."""

from dataclasses import dataclass

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from tests.served import Client


@dataclass
class Drawn:
    """What came of opening a page: the session's id, all that was sent, what was replaced again too, and how
    many scripts ran for it."""

    session: str = ""
    text: str = ""
    runs: int = 0


def open_page(client: Client, page: str = "", origin: bool = True) -> Drawn:
    """Open a page in a tab of its own, wait until it is drawn, and close the tab.

    Args:
        client: Whose cookies are sent.
        page: As in the address bar: `fine_tuning`, or "" for the first.
        origin: Whether the header Origin is sent, as every browser does. Streamlit believes a login only
            where it is.

    Raises:
        websockets.exceptions.InvalidStatus: the web socket was refused.
    """
    with tab(client, origin) as socket:
        return draw(socket, page)


def tab(client: Client, origin: bool = True):
    """A web socket to the app, to be closed."""
    if "_streamlit_xsrf" not in client.cookies:
        client.get("/_stcore/health")
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    return connect(
        client.url.replace("http", "ws", 1) + "/_stcore/stream",
        origin=client.url if origin else None,
        additional_headers={"Cookie": cookie},
        subprotocols=["streamlit", client.cookies["_streamlit_xsrf"]],
        max_size=None,
        max_queue=None,  # a tab that reads no more can be closed all the same
    )


def draw(socket, page: str = "") -> Drawn:
    """Draw a page in an open tab."""
    message = BackMsg()
    message.rerun_script.page_name = page
    socket.send(message.SerializeToString())
    drawn = Drawn()
    while True:
        got = ForwardMsg.FromString(socket.recv(timeout=60))
        kind = got.WhichOneof("type")
        if kind == "new_session":
            drawn.session = got.new_session.initialize.session_id
            drawn.runs += 1
        elif kind == "delta":
            drawn.text += f"{got.delta}\n"
        elif kind == "script_finished" and got.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return drawn
