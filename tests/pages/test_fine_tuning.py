"""Fine-tuning: slide, retrain, watch, judge."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.charts.rate_chart import rate_notes
from core.compare.comparison import Model, compare_models
from core.concepts import harm
from core.config import with_setting
from core.data import datasets
from core.explain import learning_rates
from core.explain.studies import Study
from core.files import write_json
from core.presets import first_visit
from core.results import to_plain
from core.running import jobs
from core.statistics.balanced import balanced
from core.statistics.verdict import Verdict
from core.wording import words
from core.wording.run_notes import scratch_notes
from core.wording.verdicts import paired_sentence
from pages.ui import guess, run_files, services
from tests import fakes
from tests.fakes import epochs, wrong_answers
from tests.pages.conftest import RATE, key_of, said
from tests.telling import tells


def begin(store, config, status="running"):
    """A run that has finished feature extraction and two epochs of fine-tuning."""
    key = key_of(config, store)
    store.create(key, config)
    store.set_status(key, "queued")
    store.set_status(key, "running")
    write_json(store.home / "running.json", {"run_keys": [key]})
    store.append(key, "phase", name="feature_extraction", epochs=15)
    for epoch in epochs(15, 0.5, 0.84):
        store.append(key, "epoch", **to_plain(epoch))
    store.append(key, "phase", name="fine_tuning", epochs=5)
    for epoch in epochs(2, 0.85, 0.88, 16):
        store.append(key, "epoch", **to_plain(epoch))
    store.append(key, "stage", name="epoch", epoch=3, of=5, done=500, total=1000)
    return key


def test_the_button_says_from_where_and_for_how_long(open_page):
    app = open_page("fine_tuning")
    assert app.button(key="ask-run").label.startswith("Train both phases from block 13 · about ")


def test_with_the_first_phase_known_only_fine_tuning_is_left(open_page, finish):
    finish(first_visit())
    finish(first_visit().first_phase_only())
    app = open_page("fine_tuning")
    app.select_slider(key="unfreeze").set_value(98).run()
    assert app.button(key="ask-run").label.startswith("Retrain from block 11 · about ")


def test_curves_of_another_point_say_so(open_page, finish):
    finish(first_visit())
    app = open_page("fine_tuning")
    app.select_slider(key="unfreeze").set_value(98).run()
    assert "Curves show block 13; you are at block 11." in said(app)


def test_the_row_of_a_new_run_appears_at_once(open_page, finish):
    finish(first_visit())
    app = open_page("fine_tuning")
    app.select_slider(key="unfreeze").set_value(98).run()
    app.button(key="ask-run").click().run()
    table = app.dataframe[0].value
    assert list(table["run"]) == [f"B · from block 11 · {RATE}", f"A · from block 13 · {RATE}"]
    assert table["state"][0] == "waiting, 1st in line"


def test_a_running_run_names_its_stage_and_keeps_its_curves_on_reload(open_page, store):
    begin(store, first_visit())
    app = open_page("fine_tuning")
    assert f"Run A · from block 13 · {RATE}" in said(app)
    assert app.button(key="stop-run").label == "Stop"


def test_stop_is_asked_once_and_says_so(open_page, store):
    key = begin(store, first_visit())
    app = open_page("fine_tuning")
    app.button(key="stop-run").click().run()
    assert jobs.stop_requested(store, key)
    assert app.button(key="stop-run").label == "Stopping…"
    assert app.button(key="stop-run").disabled


def test_a_stopped_run_keeps_its_finished_epochs_on_the_page(open_page, store):
    store.set_status(begin(store, first_visit()), "stopped", message="Stopped.")
    app = open_page("fine_tuning")
    assert "17 finished epochs stay on screen" in app.warning[0].value


def test_a_failed_run_says_why_in_place(open_page, store):
    store.set_status(begin(store, first_visit()), "failed", message="The disk is full. Free some space.")
    app = open_page("fine_tuning")
    assert "The disk is full. Free some space." in app.error[0].value
    assert app.button(key="ask-run").label.startswith("Train both phases")


def test_a_finished_run_is_judged_against_its_control_its_first_phase_and_the_run_before(open_page, finish):
    finish(first_visit())
    other = with_setting(first_visit(), "fine_tuning.unfreeze_from", 98)
    finish(
        other, tuned_wrong=wrong_answers(38, 42) | wrong_answers(200, 10), control_wrong=wrong_answers(0, 60)
    )
    app = open_page("fine_tuning")
    text = said(app)
    assert tells(text, "Thawing from block 11, against the same head trained as long", 38, 30, 500)
    assert tells(text, "Before fine-tuning and after it", 38, 10, 500, Verdict.BETTER)
    assert tells(text, f"Against run A · from block 13 · {RATE}", 2, 0, 500, Verdict.CANNOT_TELL)
    assert [box.label for box in app.expander if "notice" in box.label], "closed, and says what it is about"


def test_the_recipe_goes_into_the_run(open_page, store):
    app = open_page("fine_tuning")
    app.number_input(key="epochs_tuned").set_value(3)
    app.selectbox(key="rate_tuned").set_value(1e-4)
    app.selectbox(key="optimizer_tuned").set_value("rmsprop")
    app.segmented_control(key="batch_norm").set_value("batch")
    app.selectbox(key="hidden").set_value(128)
    app.segmented_control(key="keep").set_value("best")
    app.number_input(key="patience").set_value(4)
    app.toggle(key="class_weight").set_value(True)
    app.run()
    app.button(key="ask-run").click().run()
    config = store.list_runs()[0].config
    assert config.fine_tuning.epochs == 3
    assert config.fine_tuning.learning_rate == 1e-4
    assert config.fine_tuning.optimizer == "rmsprop"
    assert config.batch_norm == "batch"
    assert config.head.hidden == (128,)
    assert (config.keep, config.patience, config.class_weight) == ("best", 4, "balanced")


def test_a_patience_that_cannot_run_out_is_refused_beside_the_controls_and_the_rest_stays(open_page, store):
    app = open_page("fine_tuning")
    longest = max(app.number_input(key=f"epochs_{phase}").value for phase in ("frozen", "tuned"))
    app.segmented_control(key="keep").set_value("best")
    app.number_input(key="patience").set_value(longest).run()
    assert f"patience is {longest}" in app.error[0].value
    app.button(key="ask-run").click().run()
    config = store.list_runs()[0].config
    assert (config.keep, config.patience) == ("best", None)


def test_a_run_whose_end_validation_chose_says_so_on_its_card_and_beside_its_verdict(open_page, store):
    config = with_setting(with_setting(first_visit(), "keep", "best"), "patience", 2)
    key = key_of(config, store)
    result = fakes.finish(store, key, config)
    phases = [
        replace(one, epochs=one.epochs[:4], kept_epoch=one.epochs[1].epoch, most_epochs=len(one.epochs))
        for one in result.phases
    ]
    store.save(replace(result, phases=tuple(phases)), store.arrays(key), {})
    trained = sum(len(one.epochs) for one in phases)
    as_long = config.control(trained)
    fakes.finish(store, key_of(as_long, store), as_long, frozen_wrong=wrong_answers(0, 60))
    app = open_page("fine_tuning")
    text = said(app).replace("\u00a0", " ")
    assert f"keeps epoch {phases[1].kept_epoch}, stopped after epoch {phases[1].epochs[-1].epoch}" in text
    assert "against the same head trained as long" in text
    assert "Validation images chose the epoch to keep" in text


def test_uneven_classes_put_balanced_accuracy_first(open_page, store):
    key = key_of(first_visit(), store)
    result = fakes.finish(store, key, first_visit())
    counts = {**result.dataset.class_counts, "train": (400, *[50] * 9)}
    uneven = replace(result, dataset=replace(result.dataset, class_counts=counts))
    store.save(uneven, store.arrays(key), {})
    app = open_page("fine_tuning")
    text, alike = said(app).replace("\u00a0", " "), balanced(result.last.validation)
    assert "balanced accuracy, validation images" in text
    assert f"macro-F1 {words.percent(alike.macro_f1)}" in text
    assert any(words.percent(alike.accuracy) in box.value for box in app.subheader)
    assert f"accuracy {words.percent(result.last.validation.accuracy)}" in text


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


def to_view(app, name):
    return app.segmented_control(key="tuning_view").set_value(name).run()


# The pictures


@pytest.fixture
def today(store):
    """The division that the app makes now, which a canned run must have for its pictures to be shown."""
    return datasets.split_key(datasets.find("digits", store.home), first_visit().data)


def test_nine_pictures_come_first_under_a_finished_run_sealed_ones_of_validation(open_page, finish, today):
    finish(first_visit(), split_key=today)
    app = open_page("fine_tuning")
    text = said(app)
    assert "of these 9 validation pictures" in text
    assert "sealed" in text
    assert text.index("of these 9 validation pictures") < text.index("against the same head trained as long")


def test_once_the_test_set_is_opened_the_pictures_are_of_the_test_set(open_page, finish, store, today):
    finish(first_visit(), split_key=today)
    store.open_test(today, 1)
    text = said(open_page("fine_tuning"))
    assert "of these 9 test pictures" in text
    assert "sealed until" not in text


def test_pictures_of_images_that_changed_since_are_not_shown(open_page, finish):
    finish(first_visit())
    text = said(open_page("fine_tuning"))
    assert "The images changed since this run" in text
    assert "of these" not in text


# The guess


def test_a_guess_before_the_press_is_answered_by_the_verdict(open_page, store, finish):
    key = key_of(first_visit(), store)
    app = open_page("fine_tuning")
    app.segmented_control(key=guess.key(key)).set_value(Verdict.BETTER).run()
    app.button(key="ask-run").click().run()
    assert app.segmented_control(key=guess.key(key)).value == Verdict.BETTER, "it stands while it waits"
    finish(first_visit())
    app.run()
    assert tells(said(app), 38, 12, 500, Verdict.BETTER, "You said", "right")
    assert "guess" not in " ".join(control.key for control in app.segmented_control)


def test_a_guess_belongs_to_the_point_it_was_made_for(open_page, store):
    app = open_page("fine_tuning")
    app.segmented_control(key=guess.key(key_of(first_visit(), store))).set_value(Verdict.WORSE).run()
    app.select_slider(key="unfreeze").set_value(98).run()
    other = key_of(with_setting(first_visit(), "fine_tuning.unfreeze_from", 98), store)
    assert app.segmented_control(key=guess.key(other)).value is None


def test_a_run_without_fine_tuning_is_guessed_against_the_run_before_it(open_page, store, finish):
    before = finish(
        first_visit(), split_key=datasets.split_key(datasets.find("digits", store.home), first_visit().data)
    )
    head = first_visit().first_phase_only()
    app = open_page("fine_tuning")
    app.number_input(key="epochs_tuned").set_value(0).run()
    control = app.segmented_control(key=guess.pair_key(key_of(head, store), before))
    assert "against run A" in control.label


@pytest.mark.parametrize("view", ["batch_norm", "scratch"])
def test_every_view_that_starts_runs_asks_for_a_guess_and_answers_it(open_page, store, finish, view):
    other = (
        first_visit().without_transfer()
        if view == "scratch"
        else with_setting(first_visit(), "batch_norm", "batch")
    )
    mine, others = (key_of(config, store) for config in (first_visit(), other))
    about, against = (others, mine) if view == "batch_norm" else (mine, others)
    app = to_view(open_page("fine_tuning"), view)
    app.segmented_control(key=guess.pair_key(about, against)).set_value(Verdict.CANNOT_TELL).run()
    finish(first_visit())
    finish(other)
    app.run()
    assert "You said no difference" in said(app)


def test_a_run_without_a_guess_gets_its_verdict_all_the_same(open_page, finish):
    finish(first_visit())
    text = said(open_page("fine_tuning"))
    assert tells(text, 38, 12, 500, Verdict.BETTER)
    assert "You said" not in text


def test_a_running_run_says_how_long_it_took_so_far_and_how_many_numbers_learn(open_page, store):
    begin(store, first_visit())
    assert "so far · 1,694,154 numbers learn" in said(open_page("fine_tuning"))


# Rates


def test_a_rate_known_to_wreck_is_warned_of_beside_its_control(open_page):
    app = open_page("fine_tuning")
    assert not app.warning
    app.selectbox(key="rate_tuned").set_value(1e-3).run()
    assert "from 86.0% to 10.0%" in app.warning[0].value
    assert tells(said(app), "recipe", RATE, "fine-tuning")
    app.select_slider(key="unfreeze").set_value(154).run()
    assert not app.warning, "nothing pretrained is at risk"


def a_range_test(store, config):
    """Store a finished range test whose loss falls fastest at 1e-4."""
    rates = learning_rates.sweep()[:80]
    untrained = np.full(80, 0.5)
    fallen = 0.2 / (1 + np.exp(-4 * (np.log10(rates) + 4)))
    key = Study("lr_finder", config).key(datasets.find(config.data.name, store.home))
    store.create(key, config)
    arrays = {"rates": rates, "losses": untrained - fallen, "untrained": untrained}
    store.save_study(key, {"diverged": True}, arrays)
    return learning_rates.read(**arrays)


def test_the_finder_offers_itself_with_its_price(open_page):
    app = to_view(open_page("fine_tuning"), "hurts")
    assert app.button(key="ask-lr_finder").label.startswith("Find a learning rate · about ")


def test_a_found_rate_goes_into_the_control_with_one_click(open_page, store):
    reading = a_range_test(store, first_visit())
    app = to_view(open_page("fine_tuning", rate_tuned="3e-5"), "hurts")
    assert app.button(key="use-rate").label == "Use 1e‑4"
    assert rate_notes(reading, 1e-4)[0] in said(app)
    app.button(key="use-rate").click().run()
    assert app.selectbox(key="rate_tuned").value == 1e-4
    assert app.button(key="use-rate").disabled


# When it hurts


def test_rates_are_asked_for_together_and_told_against_the_frozen_network(open_page, finish, store, today):
    ladder = harm.ladder(first_visit(), 1e-4, 200)
    app = to_view(open_page("fine_tuning"), "hurts")
    assert app.button(key="ask-rates").label.startswith("Train 4 runs · about ")
    keys = [key_of(config, store) for config in ladder]
    app.segmented_control(key=guess.pair_key(keys[-1], "before")).set_value(Verdict.WORSE).run()
    ruined = wrong_answers(0, 450)
    for config in ladder:
        finish(config, split_key=today, tuned_wrong=ruined if config == ladder[-1] else None)
    app.run()
    text = said(app)
    assert tells(text, "At 0.01, against the frozen network before", 370, 500, Verdict.WORSE)
    assert tells(text, "You said worse", "right")
    table = next(frame.value for frame in app.dataframe if "is" in frame.value)
    assert len(table) == 10
    assert list(table)[2:] == ["frozen", "1e‑4", "3e‑4", "1e‑3", "0.01"]
    assert sum(cell.startswith("✗") for cell in table["0.01"]) == 10
    assert not app.error


def test_too_long_shows_the_loss_and_the_verdict(open_page, finish):
    short, long = harm.too_long(first_visit(), 10, 200)
    finish(short)
    finish(long)
    app = open_page("fine_tuning", tuning_view="hurts", hurts_view="long")
    assert "40 epochs against 5 epochs" in said(app)
    assert any("surer of its mistakes" in box.label for box in app.expander)
    assert not app.error


def test_the_two_bugs_are_offered_where_there_are_two_classes(open_page, tmp_path):
    app = open_page("fine_tuning", tuning_view="hurts", hurts_view="broken")
    assert "exactly .5000" in app.info[0].value
    for name in ("a", "b"):
        (tmp_path / "two" / name).mkdir(parents=True)
        for number in range(12):
            pixels = np.random.default_rng(number).integers(0, 256, (40, 40, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "two" / name / f"{number}.png")
    services.opened().add(str(tmp_path / "two"))
    app = open_page("fine_tuning", data=str(tmp_path / "two"), tuning_view="hurts", hurts_view="broken")
    assert app.button(key="ask-one_unit").label.startswith("Train both heads · about ")
    assert {"ask-pretrained-base", "ask-random-base"} <= {button.key for button in app.button}


# BatchNorm


def test_what_was_stored_is_drawn_for_one_channel_and_over_all_layers_beside_the_two_modes(
    open_page, finish, store
):
    for mode in ("inference", "batch"):
        finish(with_setting(first_visit(), "batch_norm", mode))
    key = Study("batch_statistics", first_visit()).key(datasets.find("digits", store.home))
    store.create(key, first_visit())
    record = {"batch_size": 32, "epsilon": 1e-3, "names": ["a_BN", "b_BN"], "layers": [2, 120]}
    shape = np.ones((10, 3), np.float32)
    arrays = {
        "mean": 2 * shape, "variance": shape, "stored_mean": 0 * shape[0], "stored_variance": shape[0],
        "starts": np.array([0, 1, 3]),
    }  # fmt: skip
    store.save_study(key, record, arrays)
    app = to_view(open_page("fine_tuning"), "batch_norm")
    assert app.selectbox(key="statistics-layer").value == 1, "a layer that learns"
    text = said(app)
    assert "Normalised by the stored statistics" in text
    assert "Accuracy with statistics kept: **89.2%** · with each batch's: **89.2%**" in text
    assert not app.error


def test_one_click_queues_the_same_run_with_the_other_batch_norm_mode(open_page, store, finish):
    finish(first_visit())
    app = to_view(open_page("fine_tuning"), "batch_norm")
    assert app.button(key="ask-batch").label.startswith("Train from block 13 · about ")
    app.button(key="ask-batch").click().run()
    assert jobs.waiting(store) == [key_of(with_setting(first_visit(), "batch_norm", "batch"), store)]
    assert "stop-batch" in {button.key for button in app.button}


def test_both_modes_stand_side_by_side_with_the_paired_verdict_of_the_core(open_page, store, finish):
    batch = with_setting(first_visit(), "batch_norm", "batch")
    models = [Model(finish(first_visit()), "fine_tuning")]
    models.append(Model(finish(batch, tuned_wrong=wrong_answers(0, 95)), "fine_tuning"))
    app = to_view(open_page("fine_tuning"), "batch_norm")
    verdict = compare_models(store, *models)
    assert verdict.verdict == Verdict.WORSE
    assert tells(said(app), "Each batch's statistics against statistics kept", paired_sentence(verdict))
    assert "446 of 500" in said(app)
    assert "405 of 500" in said(app)


def test_with_the_whole_base_frozen_there_is_no_batch_norm_to_switch(open_page):
    app = open_page("fine_tuning")
    app.select_slider(key="unfreeze").set_value(154).run()
    to_view(app, "batch_norm")
    assert "Nothing but the head learns here" in app.info[0].value


# From scratch


def test_from_scratch_is_offered_with_its_price_and_says_what_was_done_about_batch_norm(open_page, store):
    app = to_view(open_page("fine_tuning"), "scratch")
    assert app.button(key="ask-scratch").label.startswith("Train from scratch · about ")
    assert "momentum is therefore 0.9" in said(app)
    assert "weights=None" in app.code[0].value
    app.button(key="ask-scratch").click().run()
    assert jobs.waiting(store) == [key_of(first_visit().without_transfer(), store)]


def test_three_arms_stand_side_by_side_with_the_numbers_of_the_core(open_page, store, finish):
    transfer = finish(first_visit())
    scratch = finish(first_visit().without_transfer(), tuned_wrong=wrong_answers(0, 100))
    app = to_view(open_page("fine_tuning"), "scratch")
    text, alone = said(app), Model(scratch, "from_scratch")
    for phase, name in (("feature_extraction", "Feature extraction"), ("fine_tuning", "Fine-tuning")):
        sentence = paired_sentence(compare_models(store, alone, Model(transfer, phase)))
        assert f"{name} against from scratch: **{sentence}**" in text
    assert [heading.value for heading in app.subheader] == [":gray[80.0%]", ":blue[84.0%]", ":orange[89.2%]"]
    results = [store.load(key) for key in (transfer, scratch)]
    assert " ".join(scratch_notes(*results)) in text
    assert len(app.get("vega_lite_chart")) == 2


def test_a_run_from_scratch_can_stand_on_stage_and_in_the_list(open_page, finish):
    finish(first_visit())
    key = finish(first_visit().without_transfer())
    app = open_page("fine_tuning")
    app.session_state["shown_run"] = key  # as the button that asks for it does
    app.run()
    assert "**Run B · from scratch · 1e‑3**" in said(app)
    assert "you are at" not in said(app)
    (table,) = (frame.value for frame in app.dataframe if "BatchNorm" in frame.value)
    assert list(table["BatchNorm"]) == ["each batch", "statistics kept"]
    app.switch_page("pages/compare.py").run()
    assert not app.exception
    app.switch_page("pages/start.py").run()
    assert "From scratch" in said(app)


@pytest.mark.parametrize("skipped", ["epochs_frozen", "epochs_tuned"])
def test_a_skipped_phase_breaks_no_view(open_page, skipped):
    app = open_page("fine_tuning")
    app.number_input(key=skipped).set_value(0).run()
    for view in ("retrain", "batch_norm", "hurts", "scratch"):
        to_view(app, view)
        assert not app.exception, view
        assert not app.error, view


def test_a_broken_range_test_is_named_and_can_be_asked_for_again(open_page, store):
    a_range_test(store, first_visit())
    key = Study("lr_finder", first_visit()).key(datasets.find("digits", store.home))
    (store.path(key) / "arrays.npz").write_bytes(b"broken")
    app = to_view(open_page("fine_tuning"), "hurts")
    assert not app.exception
    app.run()  # the sidebar was drawn before the file was read
    assert "1 damaged file" in {expander.label for expander in app.sidebar.expander}
    assert any("about" in button.label for button in app.main.button)


def test_a_finished_run_offers_card_and_labels_and_the_card_keeps_the_seal(open_page, finish, store):
    key = finish(first_visit())
    app = open_page("fine_tuning")
    offered = [button.proto.label for button in app.get("download_button")]
    assert {"Receipt", "Model card", "Labels", "Script in plain Keras", "Notebook"} <= set(offered)
    dataset, result = datasets.find("digits", store.home), store.load(key)
    test = f"{result.last.test.correct} of {result.last.test.n} test images"
    assert test not in run_files._card(store, key, dataset)
    store.open_test(result.dataset.split_key, tried=1)
    assert test in run_files._card(store, key, dataset)
    assert run_files._labels(store, key) == "".join(f"{digit}\n" for digit in range(10))
