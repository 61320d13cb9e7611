"""Names of Streamlit, Keras and TensorFlow that are no promise of theirs are still there.

`docs/architecture.md` lists them all. Here are tests for those that no other test would miss.
"""

import importlib.util
import inspect
import tomllib
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit import config, runtime
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[1]


def test_streamlit_still_takes_our_pages_folder_for_an_app_of_the_old_kind(monkeypatch):
    monkeypatch.setattr(PagesManager, "uses_pages_directory", None)
    PagesManager(str(ROOT / "app.py"))
    assert PagesManager.uses_pages_directory is True  # otherwise `state.come_in_by_app` can go


def test_the_app_is_entered_by_app_py_once_for_a_link_straight_to_a_page(monkeypatch):
    from pages.ui import state

    reruns = []
    monkeypatch.setattr(st, "rerun", lambda: reruns.append(PagesManager.uses_pages_directory))
    monkeypatch.setattr(PagesManager, "uses_pages_directory", True)
    state.come_in_by_app()
    state.come_in_by_app()
    assert reruns == [False]


def test_the_app_checks_no_part_of_a_chart_as_it_is_made_and_layers_that_share_a_table_send_it_once():
    import altair as alt
    import pandas as pd

    from pages.ui import show

    table = pd.DataFrame({"x": [1, 2], "y": [3, 4]})
    line = alt.Chart(table).mark_line(color=4)  # no colour: a whole chart is checked where tests make it
    point = alt.Chart(table).mark_point().encode(x="x:Q")
    more = alt.Chart(pd.DataFrame({"x": [5]})).mark_point().encode(x="x:Q")
    made = show.specification(alt.layer(line, point, more))
    assert len(made["datasets"]) == 2
    assert made["layer"][0]["data"] == made["layer"][1]["data"] != made["layer"][2]["data"]


def test_a_session_is_told_from_no_session():
    def page():
        import streamlit as st

        from pages.ui import services

        st.text(services.person())

    from pages.ui import services

    app = AppTest.from_function(page).run()
    assert not app.exception
    inside, outside = app.text[0].value, services.person()
    assert inside.startswith("session-v1-")
    assert inside != outside


def test_streamlit_still_says_whether_a_tab_is_open_to_any_thread_that_asks():
    assert list(inspect.signature(Runtime.is_active_session).parameters) == ["self", "session_id"]
    assert "Threading: SAFE" in (Runtime.is_active_session.__doc__ or "")
    assert inspect.signature(runtime.get_instance).return_annotation in (Runtime, "Runtime")


def test_streamlit_still_tells_a_step_back_from_a_press(monkeypatch):
    def page():
        import streamlit as st

        from pages.ui import address

        address.begin("")
        st.text(address.went_back())

    app = AppTest.from_function(page)
    app.query_params["seed"] = "7"
    assert app.run().text[0].value == "False"
    monkeypatch.setattr(
        ScriptRunContext,
        "reset",
        lambda self, *of, reset=ScriptRunContext.reset, **how: reset(
            self, *of, **how | {"is_history_navigation": True}
        ),
    )
    assert app.run().text[0].value == "True"


def test_streamlit_still_marks_what_the_dark_theme_recolours():
    static = Path(st.__file__).parent / "static" / "static" / "js"
    scripts = "".join(path.read_text(encoding="utf-8") for path in static.glob("*.js"))
    written = (ROOT / "pages/ui/legible.py").read_text(encoding="utf-8")
    for name in (
        "stBaseButton-", "stMultiSelect", "data-tag", "stVegaLiteChart", "stCaptionContainer",
        "stFileUploaderDropzoneInstructions",
    ):  # fmt: skip
        assert name in written
        assert name in scripts


def test_streamlit_knows_every_option_that_is_set_for_it():
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    known = set(config.get_config_options())
    named = {
        f"{section}.{name}"
        for section, options in settings.items()
        for name, value in options.items()
        if not isinstance(value, dict)
    }
    assert {"runner.postScriptGC", "global.disableWidgetStateDuplicationWarning"} <= named <= known


@pytest.mark.tensorflow
def test_keras_still_sums_gradients_by_the_method_that_training_replaces():
    import keras

    optimizer, variable, summed = keras.optimizers.SGD(1.0), keras.Variable([3.0]), []
    optimizer.build([variable])
    optimizer._all_reduce_sum_gradients = lambda pairs: summed.append(pairs := list(pairs)) or pairs
    optimizer.apply([keras.ops.ones(1)], [variable])
    assert len(summed) == 1
    assert float(variable.value[0]) == 2.0


@pytest.mark.tensorflow
def test_tensorflow_still_has_what_only_a_gpu_would_ask_for():
    import tensorflow as tf

    experimental = tf.config.experimental
    assert {"device"} <= set(inspect.signature(experimental.set_memory_growth).parameters)
    assert {"device"} <= set(inspect.signature(experimental.get_device_details).parameters)


@pytest.mark.tensorflow
def test_a_converted_network_also_runs_where_litert_has_no_wheel(monkeypatch):
    import keras

    from core.method import engine, lens

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *of: None if name == "ai_edge_litert" else found(name, *of)
    )
    inner = lens._interpreter(engine.convert(model, batch=1))
    assert type(inner).__module__.startswith("tensorflow")
    given = np.ones((1, 4), np.float32)
    inner.set_tensor(inner.get_input_details()[0]["index"], given)
    inner.invoke()
    received = inner.get_tensor(inner.get_output_details()[0]["index"])
    np.testing.assert_allclose(received, np.asarray(model(given)), rtol=1e-5)
