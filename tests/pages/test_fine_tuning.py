"""Fine-tuning: slide, retrain, watch, judge."""

from core import jobs
from core.config import with_setting
from core.presets import digits_quick
from core.results import to_plain
from tests.fakes import epochs, wrong_answers
from tests.pages.conftest import key_of, said


def begin(store, config, status="running"):
    """A run that has finished feature extraction and two epochs of fine-tuning."""
    key = key_of(config, store)
    store.create(key, config)
    store.set_status(key, "queued")
    store.set_status(key, "running")
    store.append(key, "phase", name="feature_extraction", epochs=15)
    for epoch in epochs(15, 0.5, 0.84):
        store.append(key, "epoch", **to_plain(epoch))
    store.append(key, "phase", name="fine_tuning", epochs=5)
    for epoch in epochs(2, 0.85, 0.88, 16):
        store.append(key, "epoch", **to_plain(epoch))
    store.append(key, "stage", name="epoch 3 of 5", done=500, total=1000)
    return key


def test_the_button_says_from_where_and_for_how_long(open_page):
    app = open_page("fine_tuning")
    assert app.button(key="run").label.startswith("Train both phases from block 13 · about ")


def test_with_the_first_phase_known_only_fine_tuning_is_left(open_page, finish):
    finish(digits_quick())
    finish(digits_quick().first_phase_only())
    app = open_page("fine_tuning")
    app.select_slider(key="unfreeze").set_value(98).run()
    assert app.button(key="run").label.startswith("Retrain from block 11 · about ")


def test_curves_of_another_point_say_so(open_page, finish):
    finish(digits_quick())
    app = open_page("fine_tuning")
    app.select_slider(key="unfreeze").set_value(98).run()
    assert "Curves show block 13; you are at block 11." in said(app)


def test_the_row_of_a_new_run_appears_at_once(open_page, finish):
    finish(digits_quick())
    app = open_page("fine_tuning")
    app.select_slider(key="unfreeze").set_value(98).run()
    app.button(key="run").click().run()
    table = app.dataframe[0].value
    assert list(table["run"]) == ["B · from block 11 · 3e-5", "A · from block 13 · 3e-5"]
    assert table["state"][0] == "waiting, 1st in the queue"


def test_a_running_run_names_its_stage_and_keeps_its_curves_on_reload(open_page, store):
    begin(store, digits_quick())
    app = open_page("fine_tuning")
    assert "Run A · from block 13 · 3e-5" in said(app)
    assert app.button(key="stop-Stop").label == "Stop"


def test_stop_is_asked_once_and_says_so(open_page, store):
    key = begin(store, digits_quick())
    app = open_page("fine_tuning")
    app.button(key="stop-Stop").click().run()
    assert jobs.stop_requested(store, key)
    assert app.button(key="stop-Stop").label == "Stopping…"
    assert app.button(key="stop-Stop").disabled


def test_a_stopped_run_keeps_its_finished_epochs_on_the_page(open_page, store):
    store.set_status(begin(store, digits_quick()), "stopped", message="Stopped.")
    app = open_page("fine_tuning")
    assert "17 finished epochs stay on screen" in app.warning[0].value


def test_a_failed_run_says_why_in_place(open_page, store):
    store.set_status(begin(store, digits_quick()), "failed", message="The disk is full. Free some space.")
    app = open_page("fine_tuning")
    assert "The disk is full. Free some space." in app.error[0].value
    assert app.button(key="run").label.startswith("Train both phases")


def test_a_finished_run_is_judged_against_its_first_phase_and_the_run_before(open_page, finish):
    finish(digits_quick())
    other = with_setting(digits_quick(), "fine_tuning.unfreeze_from", 98)
    finish(other, tuned_wrong=wrong_answers(38, 42) | wrong_answers(200, 10))
    text = said(open_page("fine_tuning"))
    assert "Fine-tuning against feature extraction: **fixed 38, broke 10" in text
    assert (
        "Against run A · from block 13 · 3e-5: **fixed 2, broke 0 of 500 validation images: cannot tell"
        in text
    )
    assert "What to notice" in text


def test_the_recipe_goes_into_the_run(open_page, store):
    app = open_page("fine_tuning")
    app.number_input(key="epochs_tuned").set_value(3)
    app.selectbox(key="rate_tuned").set_value(1e-4)
    app.selectbox(key="optimizer_tuned").set_value("rmsprop")
    app.segmented_control(key="batch_norm").set_value("batch")
    app.selectbox(key="hidden").set_value(128)
    app.run()
    app.button(key="run").click().run()
    config = store.list_runs()[0].config
    assert config.fine_tuning.epochs == 3
    assert config.fine_tuning.learning_rate == 1e-4
    assert config.fine_tuning.optimizer == "rmsprop"
    assert config.batch_norm == "batch"
    assert config.head.hidden == (128,)


def test_no_epochs_at_all_is_refused_beside_the_controls(open_page):
    app = open_page("fine_tuning")
    app.number_input(key="epochs_frozen").set_value(0)
    app.number_input(key="epochs_tuned").set_value(0).run()
    assert "Both phases have 0 epochs" in app.error[0].value
    assert not app.exception


def test_the_code_is_of_these_settings(open_page):
    app = open_page("fine_tuning")
    app.select_slider(key="unfreeze").set_value(98).run()
    assert "layer.trainable = index >= 98" in app.code[0].value


def test_a_choice_made_here_is_kept_on_other_pages_and_after_a_reload_there(open_page):
    app = open_page("fine_tuning")
    app.select_slider(key="unfreeze").set_value(98).run()
    app.switch_page("pages/layers.py").run()
    assert app.select_slider(key="unfreeze").value == 98
