"""What no browser says of a control leaves its default; what a browser says is heard."""

import math

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.session_state import Serialized, WStates
from streamlit.testing.v1 import AppTest

from pages.ui import odd_values
from tests import attacker

odd_values.refuse()


def page():
    import streamlit as st

    st.session_state["all"] = {
        "number": st.number_input("n", 1, 9, 4, key="number"),
        "slider": st.slider("s", 0.0, 1.0, 0.5, key="slider"),
        "one": st.selectbox("o", ["a", "b"], key="one"),
        "many": st.multiselect("m", ["a", "b"], ["a"], key="many"),
        "row": st.segmented_control("r", ["a", "b"], default="a", required=True, key="row"),
        "free": st.segmented_control("f", ["a", "b"], key="free"),
        "text": st.text_input("t", "word", key="text"),
        "switch": st.toggle("w", key="switch"),
        "files": st.file_uploader("u", accept_multiple_files=True, key="files"),
    }


DEFAULTS = {
    "number": 4, "slider": 0.5, "one": "a", "many": ["a"], "row": "a", "free": None, "text": "word",
    "switch": False, "files": [],
}  # fmt: skip


@pytest.fixture
def say(monkeypatch):
    """`say(write)`: what the page makes of a state that is written alike for every control."""

    def said(write) -> dict:
        app = AppTest.from_function(page).run()
        given, read = set(), WStates.__getitem__

        def sent(self, k):
            if k not in given and k in self.widget_metadata and k.startswith("$$ID"):
                given.add(k)
                state = WidgetState(id=k)
                write(state)
                self.states[k] = Serialized(state)
            return read(self, k)

        with monkeypatch.context() as patch:
            patch.setattr(WStates, "__getitem__", sent)
            app.run()
        assert not app.exception, app.exception[0].message
        assert len(given) == len(DEFAULTS)
        return app.session_state["all"]

    return said


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(number, marks=[pytest.mark.soak] if number % 12 else [])
        for number in range(len(list(attacker.values())))
    ],
)
def test_whatever_is_said_each_control_has_a_value_of_its_own_kind(say, number):
    found = say(list(attacker.values())[number])
    assert found["number"] in range(1, 10)
    assert 0 <= found["slider"] <= 1
    assert found["one"] in ("a", "b")
    assert set(found["many"]) <= {"a", "b"}
    assert found["row"] in ("a", "b")
    assert found["free"] in (None, "a", "b")
    assert isinstance(found["text"], str)
    assert isinstance(found["switch"], bool)
    assert found["files"] == []


def test_a_number_that_is_none_is_the_default(say):
    for odd in (math.nan, math.inf, 1e300):
        assert say(lambda state, odd=odd: setattr(state, "double_value", odd)) == DEFAULTS


def test_a_choice_keeps_what_was_offered_of_it_and_none_may_be_chosen(say):
    assert say(attacker.words("b", "c"))["many"] == ["b"]
    assert say(attacker.words("c"))["many"] == []
    emptied = say(lambda state: state.string_array_value.SetInParent())
    assert (emptied["many"], emptied["row"], emptied["free"]) == ([], "a", None)
    assert say(attacker.text("b"))["one"] == "b"
    assert say(attacker.text("c"))["one"] == "a"


def test_a_text_is_bounded_and_a_long_list_is_heard(say):
    assert say(attacker.text("x" * (odd_values.MOST_LETTERS + 1)))["text"] == "word"
    assert say(attacker.words("b", *(str(number) for number in range(50_000))))["many"] == ["b"]
