"""A part of a page that is drawn anew takes all of its old drawing, and that alone, out of what was not sent
yet."""

import asyncio

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime, RuntimeConfig
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache

from pages.ui import unsent

CURVES, JOB_LINE, INSIDE = "curves", "job line", "inside curves"
FINISHED = "script_finished"


@pytest.fixture
def queue(monkeypatch):
    """What waits to be sent of a page that ended with a training: its curves, which redraw themselves, hold
    a chart that the browser has, and another part."""
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
    unsent.watch()
    queue = ForwardMsgQueue()
    for place, part, kind in [
        ((0, 1), "", "element"),
        ((0, 2), CURVES, "block"),
        ((0, 2, 0), CURVES, "element"),
        ((0, 2, 1), CURVES, "block"),
        ((0, 2, 1, 0), "", "reference"),
        ((0, 2, 1, 1), INSIDE, "element"),
        ((0, 3), "", "block"),
        ((0, 3, 0), "", "reference"),
        ((1, 0), JOB_LINE, "block"),
        ((1, 0, 0), "", "reference"),
    ]:
        queue.enqueue(message(place, part, kind))
    queue.enqueue(ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY))
    return queue


def message(place, part, kind):
    """One as Streamlit sends it: only what is no reference says which part it is of."""
    made = ForwardMsg()
    made.metadata.delta_path.extend(place)
    if kind == "reference":
        made.ref_hash = "a chart"
        return made
    if kind == "block":
        made.delta.add_block.allow_empty = True
    else:
        made.delta.new_element.markdown.body = "words"
    if part:
        made.delta.fragment_id = part
    return made


def places(queue):
    return [tuple(message.metadata.delta_path) or message.WhichOneof("type") for message in queue.flush()]


OTHERS = [(0, 1), (0, 3), (0, 3, 0), (1, 0), (1, 0, 0), FINISHED]


def test_all_of_the_part_goes_and_all_of_the_rest_stays(queue):
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[CURVES])
    assert places(queue) == OTHERS


def test_what_is_in_a_container_that_was_sent_stays(queue):
    queue.flush()
    queue.enqueue(message((0, 2, 1, 0), "", "reference"))
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[CURVES])
    assert places(queue) == [(0, 2, 1, 0)]


def test_a_whole_page_that_is_drawn_anew_clears_all_as_before(queue):
    queue.clear(retain_lifecycle_msgs=True)
    assert places(queue) == [FINISHED]
    queue.enqueue(message((0, 1), "", "element"))
    queue.clear()
    assert queue.is_empty()


def test_streamlit_still_leaves_what_no_browser_can_place(queue):
    unsent._clear(queue, retain_lifecycle_msgs=True, fragment_ids_this_run=[CURVES])
    assert {(0, 2, 1, 0), (0, 2, 1, 1)} < set(places(queue))  # otherwise `pages/ui/unsent.py` can go


PAGE = """
import streamlit as st

@st.fragment
def part():
    st.session_state["drawn"] = st.session_state.get("drawn", 0) + 1
    st.markdown(f"drawn {st.session_state['drawn']} times")

st.markdown("the whole page")
part()
"""


@pytest.fixture(params=["mended", "as Streamlit has it"])
def mended(request, monkeypatch):
    """Whether the app's sessions begin as `pages/ui/unsent.py` has them."""
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
    monkeypatch.setattr(AppSession, "_create_scriptrunner", AppSession._create_scriptrunner)
    unsent.watch()
    if request.param != "mended":
        monkeypatch.setattr(AppSession, "_create_scriptrunner", unsent._begin)
    return request.param == "mended"


@pytest.fixture
def uploads(tmp_path, monkeypatch):
    """Those of a server with this page, which Streamlit's sessions ask for more."""
    monkeypatch.setattr(Runtime, "_instance", None)
    files = MemoryUploadedFileManager("/upload")
    config = RuntimeConfig(str(tmp_path / "page.py"), MemoryMediaFileStorage("/media"), files)
    (tmp_path / "page.py").write_text(PAGE)
    Runtime(config)  # sessions find it by themselves
    return files


async def drawn(session):
    while session._scriptrunner is not None:
        await asyncio.sleep(unsent.SOON_SECONDS)


@pytest.mark.parametrize("by_the_clock", [True, False], ids=["by the clock", "by a press"])
def test_a_page_is_sent_whole_though_a_part_is_asked_for_before_its_last_words_are_heard(
    mended, uploads, tmp_path, by_the_clock
):
    async def visit():
        session = AppSession(ScriptData(str(tmp_path / "page.py"), False), uploads, ScriptCache(), None, {})
        session.request_rerun(ClientState())
        session._scriptrunner._script_thread.join()  # holds the loop, as a busy server does
        (part,) = session._fragment_storage._fragments
        page = session._pages_manager.current_page_script_hash
        session.request_rerun(
            ClientState(fragment_id=part, page_script_hash=page, is_auto_rerun=by_the_clock)
        )
        await drawn(session)
        await asyncio.sleep(3 * unsent.SOON_SECONDS)  # a press is passed on before that
        await drawn(session)
        said = [one.delta.new_element.markdown.body for one in session.flush_browser_queue()]
        session.shutdown()
        return [words for words in said if words]

    said = asyncio.run(visit())
    if not mended:  # otherwise that half of `pages/ui/unsent.py` can go
        assert said == ["drawn 2 times"]
    elif by_the_clock:
        assert said == ["the whole page", "drawn 1 times"]
    else:
        assert said == ["the whole page", "drawn 2 times"]


def test_the_app_replaces_what_streamlits_sessions_ask(open_page):
    assert "clear" in AppSession._clear_queue.__code__.co_names
    assert "_create_scriptrunner" in AppSession.request_rerun.__code__.co_names
    open_page("start")
    assert ForwardMsgQueue.clear is unsent._clear_whole_parts
    assert AppSession._create_scriptrunner is unsent._begin_once_all_is_heard
