"""Whether somebody is still there: work for a tab that was closed ends."""

import time
from collections.abc import Callable

from streamlit import runtime
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
