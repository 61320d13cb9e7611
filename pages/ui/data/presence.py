"""Whether somebody is still there: work for a tab that was closed ends. And what their tab sent."""

import time
from collections.abc import Callable, Sequence

from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

GRACE_SECONDS = 10.0  # a tab that lost its network comes back within seconds, and finds what it asked for


def gone() -> Callable[[], bool]:
    """A question that any thread may ask, again and again: has the tab of this session been closed for a
    while? Never where no server runs, as in tests."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return lambda: False
    session, last_seen = context.session_id, time.monotonic()

    def is_gone() -> bool:
        nonlocal last_seen
        now = time.monotonic()
        if runtime.get_instance().is_active_session(session):
            last_seen = now
        return now - last_seen > GRACE_SECONDS

    return is_gone


def removing(file_ids: Sequence[str]) -> Callable[[], None]:
    """What takes files that the tab of this session sent out of the server's memory, where they would stay
    until the tab is closed. Any thread may call it, again too; where no server runs it does nothing."""
    context = get_script_run_ctx()
    files = runtime.get_instance().uploaded_file_mgr if runtime.exists() else None
    if context is None or not isinstance(files, MemoryUploadedFileManager):
        return lambda: None
    session = context.session_id

    def remove() -> None:
        for file_id in file_ids:
            files.remove_file(session, file_id)

    return remove
