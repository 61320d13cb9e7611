"""What of a page has not been sent to its browser yet when one of its parts is drawn anew.

Streamlit 1.67 then takes the part's old drawing out of what waits, by the part's name on each message. Two
kinds of message have no such name: a reference to something large that the browser still has (a chart, say),
and what belongs to a part inside this one. Without the container that went, the browser cannot place them,
its page ends in an error, and whoever looks at it sees white. It takes a page that is drawn within the
milliseconds between two sendings, and a part that redraws itself right after.
"""

from collections.abc import Iterable

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

_clear = ForwardMsgQueue.clear


def watch() -> None:
    """See to it, for every session of this process. It may be called again."""
    ForwardMsgQueue.clear = _clear_whole_parts


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
