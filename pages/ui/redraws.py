"""One look at a page, as Streamlit draws it: few are drawn at a time, what is asked for twice in one is
looked up once, and what a page that has been left since asks for is dropped.

Looks are Python, and Python does one thing at a time: ten threads that draw at once get in each other's way,
at every file that is looked at and every lock. With thirty people the slowest answers come sooner.

A part of a page that redraws itself asks for that by the clock. Where a button has opened another page in
that very moment, Streamlit 1.67 answers all the same, in the old page's name, and the browser then clears the
new one: whoever pressed sees an empty page. (A link in the navigation stops the clock first; `st.switch_page`
cannot.)
"""

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from core import files

T = TypeVar("T")

_run = ScriptRunner._run_script
AT_A_TIME = 2  # one computes while the other reads a file, compresses a picture or writes to a browser

_places = threading.BoundedSemaphore(AT_A_TIME)
_here = threading.local()  # a look at a page is drawn by one thread from its beginning to its end


def watch() -> None:
    """See to it, for every session of this process. It may be called again."""
    ScriptRunner._run_script = _run_unless_left


def _run_unless_left(self: ScriptRunner, rerun_data: RerunData) -> None:
    here = self._pages_manager.current_page_script_hash
    if rerun_data.fragment_id_queue and here and rerun_data.page_script_hash != here:
        return
    with _places:
        _here.known = {}
        try:
            _run(self, rerun_data)
        finally:
            del _here.known


@contextmanager
def away() -> Iterator[None]:
    """Let another look be drawn while this one waits for work that is done elsewhere."""
    drawing = hasattr(_here, "known")
    if drawing:
        _places.release()
    try:
        yield
    finally:
        if drawing:
            _places.acquire()


def once(what: Hashable, work: Callable[[], T]) -> T:
    """`work()`, looked up once in this look at the page, and again after this process has written something.

    Args:
        what: Names the answer, which nobody may change.
    """
    known: dict[Hashable, tuple[int, Any]] | None = getattr(_here, "known", None)
    if known is None:  # the first look of all, which began before `watch`, and tests that draw no page
        return work()
    written = files.written()
    if what not in known or known[what][0] != written:
        known[what] = written, work()
    return known[what][1]


def seen(what: Hashable) -> Any:
    """The answer that `once` gave in this look, or None."""
    return getattr(_here, "known", {}).get(what, (0, None))[1]


def forget_all() -> None:
    """Look everything up again."""
    getattr(_here, "known", {}).clear()


def forget(what: Hashable) -> None:
    """Look it up again."""
    getattr(_here, "known", {}).pop(what, None)
