"""The files that belong to a finished run: its receipt, and its script and notebook in plain Keras."""

from functools import partial

import streamlit as st

from core.codegen import script
from core.compare.decision import decision_of
from core.errors import StoreError
from core.running import receipt as receipts
from core.wording import words
from pages.ui import services


def draw(run_key: str) -> None:
    """One button that opens the three downloads, each made when it is pressed. Nothing for other runs."""
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
        ("Receipt", partial(_receipt, run_key), "receipt", "json", "application/json", "receipt_long"),
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
            "keeps sealed. The script needs no Thaw."
        )


def _receipt(run_key: str) -> bytes:
    """The receipt with the class that must not be missed, where one was chosen. Raises StoreError."""
    store = services.get_store()
    decided, alarm = decision_of(store, services.result(run_key)), None
    if decided.alarm is not None and decided.threshold is not None:
        alarm = receipts.Threshold(decided.alarm.class_name, decided.alarm.find, decided.threshold)
    return receipts.public(store.path(run_key) / "receipt.json", alarm)
