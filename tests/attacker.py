"""A tab that keeps to Streamlit's protocol and to nothing else: it sends what no browser would.

with Tab(client) as tab:
    tab.open("fine_tuning")
    for control in tab.controls.values():
        tab.send(control.id, double_value=math.nan)
    assert not tab.problems
"""

import json
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.served import Client
from tests.visits import tab as opened

DEEP = 50_000
ODD_WORDS = (
    "", " ", "\x00", "a\x00b", "\x1b[31m\x07", "\u202eexe.gnp", "\u200b\u2060", "\ufffe\uffff", "e\u0301",
    "../../etc/passwd", "C:\\CON", "<script>alert(1)</script>", "](javascript:alert(1))", "$\\dfrac{1}{0}$",
    "{{7*7}}", "%s%n", "None", "-1", "1e999", "9" * 5000, "x" * 60_000, "/dev/zero", "\U0010ffff",
)  # fmt: skip
ODD_NUMBERS = (math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324, -0.0, -1.0, 0.5, 2.0**63)
ODD_WHOLES = (-1, 0, 2**31, -(2**31), 2**63 - 1, -(2**63))
ODD_JSON = (
    "", "null", "NaN", "1", '"x"', "[]", "{}", "[[[", '{"selection"', '{"selection": null}',
    '{"selection": []}', '{"selection": {"rows": "abc", "columns": 5, "cells": 7}}',
    '{"selection": {"rows": [-1, 1e9, null], "columns": [{}], "cells": [1]}}',
    '{"selection": {"pick": 5}}', '{"selection": {"pick": [{"number": "NaN"}]}}',
    '{"selection": {"pick": [{"number": 1e99}]}}', '{"selection": {"pick": [{}]}}',
    '{"selection": {"pick": [{"number": -1}]}}', '{"selection": {"pick": [{"number": 99999999}]}}',
    '{"selection": {"pick": {"0": 1}}}', '{"refused": "many"}', '{"refused": NaN}', '{"refused": [1]}',
    '{"refused": 1e400}', '{"refused": {"a": 1}}', '{"refused": -5}', '{"refused": "\\ud800"}',
    '[{"event": "refused", "value": "x"}]', '{"event": "refused", "value": NaN}',
    '{"event": "refused", "value": {"a": [1]}}', '{"event": "nothing", "value": 1}',
    '{"selection": {"\\ud800": "\\ud800"}}', "[" * DEEP + "]" * DEEP, '{"a":' * DEEP + "1" + "}" * DEEP,
    '{"x": ' + "9" * 10_000 + "}", json.dumps({"x": "y" * 1_000_000}),
)  # fmt: skip


def values() -> Iterator[Callable[[WidgetState], None]]:
    """Each writes one odd value into a state."""
    for number in ODD_NUMBERS:
        yield lambda state, number=number: setattr(state, "double_value", number)
        yield lambda state, number=number: state.double_array_value.data.extend([number])
    for whole in ODD_WHOLES:
        yield lambda state, whole=whole: setattr(state, "int_value", whole)
        yield lambda state, whole=whole: state.int_array_value.data.extend([whole, whole])
    for word in ODD_WORDS:
        yield lambda state, word=word: setattr(state, "string_value", word)
        yield lambda state, word=word: state.string_array_value.data.extend([word])
        yield lambda state, word=word: setattr(state.string_trigger_value, "data", word)
        yield lambda state, word=word: setattr(state.chat_input_value, "data", word)
        yield lambda state, word=word: add_file(state, word)
    for text in ODD_JSON:
        yield lambda state, text=text: setattr(state, "json_value", text)
        yield lambda state, text=text: setattr(state, "json_trigger_value", text)
    yield lambda state: state.string_array_value.data.extend(["x"] * 2000)
    yield lambda state: state.string_array_value.SetInParent()
    yield lambda state: state.double_array_value.data.extend([0.0] * 2000)
    yield lambda state: state.file_uploader_state_value.SetInParent()
    yield lambda state: state.arrow_value.SetInParent()
    yield lambda state: setattr(state, "bytes_value", b"\xff\xfe" * 1000)
    yield lambda state: setattr(state, "bool_value", True)
    yield lambda state: setattr(state, "trigger_value", True)
    yield lambda state: None  # says nothing


def text(word: str) -> Callable[[WidgetState], None]:
    return lambda state: setattr(state, "string_value", word)


def words(*several: str) -> Callable[[WidgetState], None]:
    return lambda state: state.string_array_value.data.extend(several)


def pressed(state: WidgetState) -> None:
    state.trigger_value = True


def add_file(state: WidgetState, word: str) -> None:
    file = state.file_uploader_state_value.uploaded_file_info.add()
    file.file_id = file.name = word
    file.size = 2**62


@dataclass
class Tab:
    """An open tab.

    Attributes:
        controls: Id of each control drawn since the page was opened -> what kind of control it is.
        fragments: Parts of the page that redraw themselves.
        text: All that was sent for the last answer.
        problems: What the page showed of an error inside.
        heard: What kinds of messages came.
    """

    client: Client
    controls: dict[str, str] = field(default_factory=dict)
    fragments: set[str] = field(default_factory=set)
    text: str = ""
    session: str = ""
    page_hash: str = ""
    page: str = ""
    problems: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._socket = opened(self.client).__enter__()
        return self

    def __exit__(self, *problem) -> None:
        self._socket.__exit__(*problem)

    def open(self, page: str = "", query: str = "") -> str:
        """Go to a page; what was sent for it."""
        self.controls.clear()
        self.fragments.clear()
        self.page = page
        return self.ask(page_name=page, query_string=query)

    def send(self, *states: WidgetState, **how) -> str:
        """Say these values of controls and nothing else."""
        message = BackMsg()
        message.rerun_script.widget_states.widgets.extend(states)
        return self.tell(message, page_script_hash=self.page_hash, **how)

    def ask(self, **how) -> str:
        return self.tell(BackMsg(), **how)

    def tell(self, message: BackMsg, **how) -> str:
        for name, value in how.items():
            setattr(message.rerun_script, name, value)
        self.raw(message.SerializeToString())
        return self.drawn()

    def raw(self, frame: bytes | str) -> None:
        self._socket.send(frame)

    def drawn(self, timeout: float = 60) -> str:
        """Wait until the page has its answer.

        Raises:
            TimeoutError: none came.
            websockets.exceptions.ConnectionClosed: the server hung up.
        """
        said = []
        while True:
            got = ForwardMsg.FromString(self._socket.recv(timeout=timeout))
            kind = got.WhichOneof("type")
            self.heard.append(kind)
            if kind == "new_session":
                self.session = got.new_session.initialize.session_id
            elif kind == "navigation":
                self.page_hash = got.navigation.page_script_hash
            elif kind == "delta":
                self._see(got.delta)
                said.append(str(got.delta))
            elif kind == "auto_rerun":
                self.fragments.add(got.auto_rerun.fragment_id)
            elif kind == "script_finished" and got.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                self.text = "\n".join(said)
                return self.text

    def answer(self):
        """Wait for what came of asking for a file: a `BackendOperationResponse`."""
        while True:
            got = ForwardMsg.FromString(self._socket.recv(timeout=60))
            if got.WhichOneof("type") == "backend_operation_response":
                return got.backend_operation_response

    def control(self, key: str) -> str:
        """The id of a control by the key that the app gave it."""
        return next(one for one in self.controls if one.endswith(f"-{key}"))

    def _see(self, delta) -> None:
        if delta.fragment_id:
            self.fragments.add(delta.fragment_id)
        what = delta.new_element if delta.WhichOneof("type") == "new_element" else delta.add_block
        kind = what.WhichOneof("type")
        content = getattr(what, kind) if kind else what
        if kind == "exception":
            self.problems.append(f"{self.page}: {content.type}: {content.message}")
        for found in (getattr(content, "id", ""), getattr(what, "id", "")):
            if isinstance(found, str) and found.startswith("$$ID-"):
                self.controls[found] = kind


def odd(identity: str, write: Callable[[WidgetState], None]) -> WidgetState:
    state = WidgetState(id=identity)
    write(state)
    return state


def at_random(tab: Tab, chance: random.Random) -> list[WidgetState]:
    """An odd value for each control of a page."""
    writers = list(values())
    return [odd(identity, chance.choice(writers)) for identity in tab.controls]
