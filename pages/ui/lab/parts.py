"""The Lab questions page's parts: the choice, one question drawn, what it lacks, and the article."""

from collections.abc import Sequence

import streamlit as st

from core.charts.concept_charts import enlarged
from core.codegen.keras import lab_pieces
from core.errors import ThawError
from core.lab import questions
from core.lab.answers import Answer
from core.lab.article import material
from core.lab.questions import QUESTIONS, Case, Question, Tile
from pages.ui import address, asking, look, pretrained_or_random, progress, results, services, show
from pages.ui.lab import case, writing
from pages.ui.lab.case import Lab

DONE, OPEN = ":material/check_circle:", ":material/radio_button_unchecked:"


def at_a_glance(done: Sequence[int]) -> None:
    """How many of the eight are answered."""
    st.markdown(
        f"**{len(done)} of {len(QUESTIONS)}** answered in your own words, with evidence from your own runs "
        f"({DONE} both, {OPEN} not yet)",
        width="content",
    )


def choose(done: Sequence[int]) -> Question:
    """One of the eight, each marked by whether it is answered; kept in the address bar."""
    numbers = [question.number for question in QUESTIONS]
    address.choice("question", numbers)
    number = st.pills(
        "Question",
        numbers,
        default=1,
        required=True,
        format_func=lambda n: f"{DONE if n in done else OPEN} {n} · {QUESTIONS[n - 1].name}",
        key="question",
        persist_state="session",
        label_visibility="collapsed",
    )
    return QUESTIONS[number - 1]


def draw(answer: Answer, lab: Lab) -> None:
    """The field for one's own words, the evidence beside it, and what the app would say, when asked."""
    question, asked = answer.question, lab.cases[answer.question.number]
    text, evidence = st.columns([1, 1], gap="medium")
    with text:
        st.subheader(f"{question.number}. {question.text}", anchor=False)
        writing.answer_field(question, lab.written)
        writing.evidence_field(question, lab)
        st.page_link(f"pages/{question.page}.py", label=question.link, icon=":material/arrow_forward:")
    with evidence:
        _evidence(answer, asked)
    _app_says(answer, lab)
    code = lab_pieces(asked.coded(), len(asked.classes))
    show.code("\n".join(code.values()), "All four pieces of code, in the order in which they run")


def _evidence(answer: Answer, asked: Case) -> None:
    """Figures, pictures and numbers, and what would fill them in."""
    question = answer.question
    for index, figure in enumerate(answer.figures):
        key = f"lab-{question.number}-{index}"
        show.figure(figure.chart, figure.numbers, alt_text=figure.said, key=key)
    _grid(answer.pictures)
    if answer.table is not None:
        st.table(answer.table, alt=f"Numbers for question {question.number}")
    st.caption(markdown(answer.origin))
    _missing(question.number, asked)
    if question.number == 2 and asked.evidence.tuned is not None and asked.evidence.control is None:
        results.control_of(asked.evidence.tuned.result)
    if question.number == 1:
        pretrained_or_random.ask(asked.recipe)


def _app_says(answer: Answer, lab: Lab) -> None:
    """What the app would say, closed until it is asked for; it is in the document only where quoted."""
    number = answer.question.number
    if not st.toggle("Show what the app would say", key=f"lab-show-{number}", persist_state="session"):
        return
    with st.container(border=True):
        st.markdown(markdown(answer.explanation))
        for sentence in answer.findings:
            st.markdown(markdown(sentence))
        if answer.code:
            st.code(answer.code, language="python")
        writing.quote_box(answer.question, lab.written)


def markdown(text: str) -> str:
    """A text of the core for `st.markdown`: `...` stays code, everything else is shown as it is."""
    parts = text.split("`")
    return "`".join(part if index % 2 else look.plain(part) for index, part in enumerate(parts))


def _grid(shown: Sequence[Tile]) -> None:
    if not shown:
        return
    with st.grid(len(shown) // case.PICTURED_CLASSES, min_column_width=110, gap="small"):
        for picture in shown:
            with st.container(gap=None):
                st.image(look.png(enlarged(picture.pixels)), width="stretch", alt=picture.said)
                st.caption(look.plain(picture.said))


# What is missing


def _missing(number: int, asked: Case) -> None:
    """The button that would fill in the person's own numbers, with its price; then the training it began."""
    wanted = questions.missing_run(number, asked)
    if wanted is None:
        return
    with st.container(border=True):
        st.markdown(markdown(wanted.note))
        asking.run_button(wanted.config, wanted.label, first=True)
        try:
            run = services.state(services.run_key(wanted.config))
        except ThawError:  # the button has said why
            return
        if run is not None and run.status != "finished":
            progress.panel(run.run_key, metrics=("accuracy",))


# The article


def article(asked: Case) -> None:
    """The rest of the lab's reading, folded, each claim beside what can be seen here."""
    with st.expander("Where it is used, what it gains, what it risks", icon=":material/menu_book:"):
        for heading, claims in material(asked).items():
            st.markdown(f"**{heading}**")
            for found in claims:
                text, link = st.columns([3, 1], vertical_alignment="center")
                text.markdown(f"{markdown(found.claim.text)} *{markdown(found.here)}*")
                link.page_link(
                    f"pages/{found.claim.page}.py", label=found.claim.link, icon=":material/arrow_forward:"
                )
