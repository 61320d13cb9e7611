"""The files that belong to a finished run: receipt, model card, labels, script and notebook."""

from functools import partial

import streamlit as st

from core.codegen import script
from core.compare.decision import decision_of
from core.data.datasets import Dataset
from core.errors import StoreError
from core.export import card_html
from core.export.card import Subject, card
from core.export.usage import labels
from core.running import receipt as receipts
from core.store import Store
from core.wording import words
from pages.ui import services


def draw(run_key: str) -> None:
    """One button that opens the downloads, each made when it is pressed. Nothing for other runs."""
    store = services.get_store()
    receipt = store.path(run_key) / "receipt.json"
    if not (store.finished(run_key) and receipt.exists()):
        return
    try:
        config = store.config(run_key)
    except StoreError:
        return
    dataset = services.get_dataset(config.data.name)
    name = words.run_names(services.visible_runs()).get(run_key, "this run")
    letter = name.split(" ·")[0]
    what = (config, dataset, f"Run {name}", store.alarm(run_key))
    files = (
        ("Receipt", partial(_receipt, store, run_key), "receipt", "json", "application/json", "receipt_long"),
        ("Model card", partial(_card, store, run_key, dataset), "card", "html", "text/html", "description"),
        ("Labels", partial(_labels, store, run_key), "labels", "txt", "text/plain", "label"),
        ("Script in plain Keras", partial(script.standalone, *what), "run", "py", "text/x-python", "code"),
        ("Notebook", partial(script.notebook, *what), "run", "ipynb", "application/x-ipynb+json", "book"),
    )
    with st.popover(f"Files of run {letter}", icon=":material/download:"):
        for label, content, stem, ending, mime, icon in files:
            st.download_button(
                label, content, f"thaw-{stem}-{run_key[-16:]}.{ending}", mime, key=f"run-file-{ending}",
                icon=f":material/{icon}:", on_click="ignore", width="stretch",
            )  # fmt: skip
        st.caption(
            "The receipt holds settings, seed, versions, hashes and every epoch: `python -m core verify "
            "receipt.json` trains again and compares. It also holds the test result, which the Compare page "
            "keeps sealed. The model card says how good the network is, what it mixes up, with pictures of "
            "yours, and what nobody tested; its test result, too, once you have opened the test set. The "
            "script needs no Thaw."
        )


# Made when pressed, and then nobody's page is being drawn: each is given the store of whom it was offered to


def _card(store: Store, run_key: str, dataset: Dataset) -> str:
    opened = store.test_openings(store.load(run_key).dataset.split_key)
    return card_html.render(card(Subject.of(store, run_key, dataset, with_test=bool(opened))))


def _labels(store: Store, run_key: str) -> str:
    return labels(store.load(run_key).dataset.classes)


def _receipt(store: Store, run_key: str) -> bytes:
    """The receipt with the class that must not be missed, where one was chosen. Raises StoreError."""
    told = decision_of(store, store.load(run_key)).told
    return receipts.public(store.path(run_key) / "receipt.json", told)
