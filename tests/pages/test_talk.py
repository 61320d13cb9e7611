"""What goes through the door over a web socket, and which pictures it hands out."""

import asyncio

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pages.server import talk
from pages.server.shown import MOST, Shown
from pages.server.talk import KINDS, LETTERS, Talk


def said(kind: str, **fields) -> BackMsg:
    message = BackMsg()
    if fields or not isinstance(getattr(message, kind), bool):
        getattr(message, kind).SetInParent()
        for name, value in fields.items():
            setattr(getattr(message, kind), name, value)
    else:
        setattr(message, kind, True)
    return message


class Ends:
    """Both ends of a web socket: what a browser sends, what the app gets, and what goes back."""

    def __init__(self, *frames: bytes | str | BackMsg, offered: str = ""):
        self.frames, self.back, self.shown = list(frames), [], []
        self.talk = Talk(self._receive, self._send, lambda file: file == offered, self.shown.append)

    async def _receive(self):
        if not self.frames:
            return {"type": "websocket.disconnect", "code": 1000}
        frame = self.frames.pop(0)
        if isinstance(frame, BackMsg):
            frame = frame.SerializeToString()
        return {"type": "websocket.receive", "text" if isinstance(frame, str) else "bytes": frame}

    async def _send(self, message):
        self.back.append(message)

    def got(self) -> list[BackMsg]:
        """All that the app hears until the end."""

        async def listen():
            heard = []
            while (message := await self.talk.receive())["type"] == "websocket.receive":
                heard.append(BackMsg.FromString(message["bytes"]))
            return heard

        return asyncio.run(listen())


def test_only_what_a_page_of_ours_says_goes_through():
    every = [field.name for field in BackMsg.DESCRIPTOR.fields]
    ends = Ends(*(said(kind) for kind in every), b"")
    assert [one.WhichOneof("type") for one in ends.got()] == [
        kind for kind in every if kind in KINDS and kind != "backend_operation_request"
    ]
    assert {"clear_cache", "debug_shutdown_runtime"} <= {*every} - {*KINDS}


@pytest.mark.parametrize(("frame", "code"), [("text", 1003), (b"\xff\xff\xff", 1002)])
def test_what_is_no_message_ends_the_tab_and_nothing_is_sent_after_it(frame, code):
    ends = Ends(frame, said("rerun_script"))
    assert ends.got() == []
    assert ends.back == [{"type": "websocket.close", "code": code}]
    asyncio.run(ends.talk.send({"type": "websocket.send", "bytes": b"x"}))
    assert len(ends.back) == 1


def test_a_name_beyond_all_measure_is_cut_off():
    ends = Ends(said("rerun_script", page_name="x" * 10**6, fragment_id="y" * 10**6, query_string="a=1"))
    (asked,) = ends.got()
    assert len(asked.rerun_script.page_name) == len(asked.rerun_script.fragment_id) == LETTERS
    assert asked.rerun_script.query_string == "a=1"


@pytest.mark.parametrize("payload", ["install_skills", "dismiss_skills_nudge", "dataframe_chunk"])
def test_nothing_of_streamlits_own_is_done_for_a_tab(payload):
    asked = said("backend_operation_request")
    getattr(asked.backend_operation_request, payload).SetInParent()
    assert Ends(asked).got() == []


def test_a_file_that_was_not_offered_is_answered_with_a_sentence():
    asked = said("backend_operation_request", request_id="7")
    asked.backend_operation_request.deferred_file.file_id = "hers"
    ends = Ends(asked, offered="mine")
    assert ends.got() == []
    answer = ForwardMsg.FromString(ends.back[0]["bytes"]).backend_operation_response
    assert (answer.request_id, answer.error_msg) == ("7", talk.GONE)
    assert Ends(asked, offered="hers").got() == [asked]


def test_a_file_is_remembered_for_whom_it_was_shown_to_and_not_for_ever():
    shown, message = Shown(), ForwardMsg()
    message.delta.new_element.imgs.imgs.add().url = "/media/3f.png"
    shown.note("anna", message.SerializeToString())
    assert shown.was_shown("anna", "3f.png")
    assert not shown.was_shown("ben", "3f.png")
    assert not shown.was_shown("anna", "3f")
    for number in range(MOST):
        shown.note("anna", b"/media/%x.png" % (4096 + number))
    assert not shown.was_shown("anna", "3f.png")
