"""What of a page has not been sent to its browser yet when one of its parts is drawn anew.

Streamlit 1.67 loses some of it, in two ways that need a busy server:

- Of what waits to be sent it takes the part's old drawing out, by the part's name on each message. Two kinds
  of message have no such name: a reference to something large that the browser still has (a chart, say), and
  what belongs to a part inside this one. Without the container that went, the browser cannot place them, its
  page ends in an error, and whoever looks at it sees white.
- A thread that has drawn all it was asked for ends, and the server hears its last messages a moment later.
  Asked for a part in that very moment, it begins another thread, and from then on hears that one alone. What
  the first still had to say is lost, a whole page perhaps, which stands still at what it said before.
"""

from collections.abc import Iterable

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

SOON_SECONDS = 0.01  # a thread that has nothing more to draw has ended by then

_clear = ForwardMsgQueue.clear
_begin = AppSession._create_scriptrunner


def watch() -> None:
    """See to it, for every session of this process. It may be called again."""
    ForwardMsgQueue.clear = _clear_whole_parts
    AppSession._create_scriptrunner = _begin_once_all_is_heard


def _clear_whole_parts(
    self: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None
) -> None:
    waiting = self._queue
    _clear(self, retain_lifecycle_msgs, fragment_ids_this_run)
    if fragment_ids_this_run:
        stay = {id(message) for message in self._queue}
        gone = {_place(message) for message in waiting if id(message) not in stay}
        self._queue = [message for message in self._queue if gone.isdisjoint(_containers(message))]


def _place(message: ForwardMsg) -> tuple[int, ...]:
    """Where in its page it goes; empty where it is not about a place."""
    return tuple(message.metadata.delta_path)


def _containers(message: ForwardMsg) -> Iterable[tuple[int, ...]]:
    """The places of all that it lies in, from the outermost on."""
    place = _place(message)
    return (place[:depth] for depth in range(1, len(place)))


def _begin_once_all_is_heard(self: AppSession, initial_rerun_data: RerunData) -> None:
    ends = self._scriptrunner is not None  # it took no more, and its end has not been heard
    if not (ends and initial_rerun_data.fragment_id):
        _begin(self, initial_rerun_data)
    elif not initial_rerun_data.is_auto_rerun:  # what asks by the clock asks again
        self._event_loop.call_later(SOON_SECONDS, _ask_again, self, initial_rerun_data)


def _ask_again(session: AppSession, rerun_data: RerunData) -> None:
    """As the session itself does: of the thread that draws, else of a new one."""
    if session._state is AppSessionState.SHUTDOWN_REQUESTED:
        return
    drawing = session._scriptrunner
    if drawing is None or not drawing.request_rerun(rerun_data):
        session._create_scriptrunner(rerun_data)
