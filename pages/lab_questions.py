"""Lab questions: the eight questions of the lab, answered with the numbers of one's own runs."""

import streamlit as st

from core.errors import ThawError
from core.lab.lab_document import answer
from pages.ui import lab, lab_case, show, state

st.title("Lab questions")
st.markdown("What would you answer, and what do your own runs say? Eight questions, each with its evidence.")

dataset = state.require_dataset()
try:
    case = lab_case.case(dataset)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        lab.at_a_glance(case.own)
        lab.downloads(case, dataset)
    question = lab.choose(case.own)
    lab.draw(answer(question.number, case, state.theme()), case)
    lab.article(case)
except ThawError as problem:
    show.error(problem)
