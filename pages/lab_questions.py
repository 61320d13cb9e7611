"""Lab questions: the eight questions of the lab, in one's own words, with the evidence of one's own runs."""

import streamlit as st

from core.errors import ThawError
from core.lab.document import answer
from pages.ui import show, state
from pages.ui.lab import case as lab_case
from pages.ui.lab import parts, writing

st.title("Lab questions")
st.markdown("What would you answer, and what do your own runs say? Eight questions, for your own words.")

dataset = state.require_dataset()
try:
    lab = lab_case.of(dataset, writing.read())
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        parts.at_a_glance(lab.done)
        writing.downloads(lab)
    question = parts.choose(lab.done)
    case = lab.cases[question.number]
    parts.draw(answer(question.number, case, state.theme()), lab)
    parts.article(case)
except ThawError as problem:
    show.error(problem)
