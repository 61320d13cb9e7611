"""How good the networks are on a second labelled set, of another camera or another day."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from core.method.evaluation import evaluate
from core.predict.labelled import beside_validation
from core.predict.many import Prediction
from pages.ui import by_class, look
from pages.ui.predict.items import Item
from pages.ui.predict.networks import Chosen


def draw(items: Sequence[Item], done: Mapping[str, Prediction | str], chosen: Chosen) -> None:
    """Each network's accuracy beside that on its own validation images, and the classes of the last. Nothing
    before all of them are predicted: a part would be the first classes alone."""
    if any(item.key not in done for item in items):
        return
    found = [done[item.key] for item in items if item.truth]
    seen = [one for one in found if isinstance(one, Prediction)]
    if not seen:
        return
    classes = list(chosen.networks[0].run.result.dataset.classes)
    labels = np.array([classes.index(one.truth) for one in seen], np.int64)
    st.markdown(f"**Another {len(seen):,} labelled pictures**")
    for number, network in enumerate(chosen.networks):
        said = np.stack([one.probabilities[number] for one in seen])
        checked, label = evaluate(said, labels, len(classes)), network.label
        told = beside_validation(checked, network.checked("validation"))
        st.markdown(f"**{look.plain(label)}** · {told}")
    with st.expander(f"By class, {look.plain(label)}", key="second-by-class", on_change="rerun") as box:
        if box.open:
            by_class.draw(checked, classes, label, "second-set")
