"""Lab questions: the eight questions of the lab, answered with the numbers of one's own runs."""

import streamlit as st

from core.errors import ThawError
from core.lab.document import answer
from pages.ui import show, state
from pages.ui.lab import case as lab_case
from pages.ui.lab import parts

st.title("Lab questions")
st.markdown("What would you answer, and what do your own runs say? Eight questions, each with its evidence.")

dataset = state.require_dataset()
try:
    case = lab_case.case(dataset)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        parts.at_a_glance(case.own)
        parts.downloads(case, dataset)
    question = parts.choose(case.own)
    parts.draw(answer(question.number, case, state.theme()), case)
    parts.article(case)
except ThawError as problem:
    show.error(problem)
