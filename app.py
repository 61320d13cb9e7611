"""Thaw: navigation, the data-set picker and the job line. Everything else is in `pages/` and `core/`.

streamlit run app.py

Streamlit imports this file once, for the server at its end, and runs it again for every look at a page.
"""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from core.errors import ThawError
from pages.server import opening
from pages.server.gate import Gate

ROOT = Path(__file__).parent


def rooms(teacher: bool) -> dict[str, list[st.Page]]:
    """Section -> its pages. One is for teachers, where many log in."""
    pages = {
        "": [
            st.Page("pages/start.py", title="Start", icon=":material/home:", default=True,
                    help="One question, three networks: frozen, fine-tuned and from scratch."),
        ],
        "Learn": [
            st.Page("pages/layers.py", title="Layers", icon=":material/layers:",
                    help="What is inside the network, and what freezing leaves to learn."),
            st.Page("pages/augmentation.py", title="Augmentation", icon=":material/auto_awesome_motion:",
                    help="What random flips, turns and zooms show the network."),
            st.Page("pages/bottleneck_features.py", title="Bottleneck features",
                    icon=":material/scatter_plot:", help="What the frozen network makes of each image."),
            st.Page("pages/fine_tuning.py", title="Fine-tuning", icon=":material/tune:",
                    help="Slide the unfreeze point, retrain, and watch both phases."),
            st.Page("pages/lab_questions.py", title="Lab questions", icon=":material/school:",
                    help="The lab's eight questions, for your own words and the numbers of your own runs."),
        ],
        "Your photos": [
            st.Page("pages/data.py", title="Data", icon=":material/photo_library:",
                    help="Choose images, look at them, and see how they are divided."),
            st.Page("pages/predict.py", title="Predict", icon=":material/image_search:",
                    help="What your networks say of a picture of your own, and whether to believe it."),
        ],
        "Evidence": [
            st.Page("pages/compare.py", title="Compare", icon=":material/compare_arrows:",
                    help="Any runs side by side, with counts and intervals."),
            st.Page("pages/how_deep.py", title="How deep?", icon=":material/stairs:",
                    help="Every unfreeze point in one question: the curve, its doubt and its cost."),
            st.Page("pages/how_many_images.py", title="How many images?", icon=":material/collections:",
                    help="Accuracy by the number of training images, and what more of them would bring."),
            st.Page("pages/what_mattered.py", title="What mattered?", icon=":material/history:",
                    help="Which blocks a tuned network needs, and how it does outside its test set."),
        ],
    }  # fmt: skip
    if teacher:
        pages["Class"] = [
            st.Page("pages/people.py", title="Class", icon=":material/groups:",
                    help="Who is here, what they keep, and what is training."),
        ]  # fmt: skip
    return pages


def draw() -> None:
    """A page, with what stands around all of them."""
    # once the server is up: what these keep between looks at a page is kept by it
    from pages.ui import (
        address,
        damaged,
        legible,
        links,
        login,
        odd_values,
        parameters,
        progress,
        redraws,
        services,
        show,
        state,
        theme_watch,
        trouble,
        unsent,
    )

    redraws.watch()
    unsent.watch()
    odd_values.refuse()
    st.set_page_config(page_title="Thaw", page_icon=str(ROOT / "assets/icon.svg"), layout="wide")
    login.require()

    someone = services.logged_in()
    page = st.navigation(rooms(teacher=someone is not None and someone.teacher))

    trouble.require_home()  # after `st.navigation`, without which Streamlit would run the page's file alone
    services.come_in()
    services.get_jobs()  # starts the worker, which imports TensorFlow while the page is being read
    address.begin(page.url_path)
    with st.sidebar:
        state.dataset_picker()
        progress.job_line()
        trouble.notice()
        damaged.notice()
        login.out()
        theme_watch.watch()

    legible.mend()

    parameters.bind()
    links.begin(page.url_path)
    try:
        page.run()
    except ThawError as problem:  # a store that cannot be written, say: no view had a better place for it
        show.error(problem)
    finally:  # a page may be broken off by a press
        links.end()
        address.write()


if __name__ == "__main__":
    draw()
else:
    app = st.App(__file__, middleware=[Middleware(Gate)], lifespan=opening.opened)
