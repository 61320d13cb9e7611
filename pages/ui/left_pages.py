"""Questions of a page that has been left since are dropped.

A part of a page that redraws itself asks for that by the clock. Where a button has opened another page in
that very moment, Streamlit 1.67 answers all the same, in the old page's name, and the browser then clears the
new one: whoever pressed sees an empty page. (A link in the navigation stops the clock first; `st.switch_page`
cannot.)
"""

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

_run = ScriptRunner._run_script


def drop() -> None:
    """See to it, for every session of this process. It may be called again."""
    ScriptRunner._run_script = _run_unless_left


def _run_unless_left(self: ScriptRunner, rerun_data: RerunData) -> None:
    here = self._pages_manager.current_page_script_hash
    if not (rerun_data.fragment_id_queue and here and rerun_data.page_script_hash != here):
        _run(self, rerun_data)
