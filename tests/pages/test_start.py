"""Start: one button from nothing to a comparison."""

from PIL import Image

from core.config import with_setting
from core.data import datasets
from core.data.downloads import DOWNLOADS
from core.errors import DatasetError
from core.method.device import note
from core.presets import digits_quick
from core.running import jobs
from core.statistics.verdict import Verdict
from tests.pages.conftest import key_of, said
from tests.telling import tells


def test_a_first_visit_offers_one_priced_button(open_page):
    app = open_page()
    button = app.button(key="ask-run")
    assert button.label.startswith("Train on 1,000 digits · about ")
    assert not button.disabled
    assert "1.2 million photos" in said(app)


def test_pressing_it_queues_the_run_and_turns_it_into_stop(open_page, store):
    app = open_page()
    app.button(key="ask-run").click().run()
    assert jobs.waiting(store) == [key_of(digits_quick(), store)]
    assert app.button(key="stop-run").label == "Stop"
    assert "ask-run" not in {button.key for button in app.button}


def test_stop_takes_a_waiting_run_out_of_the_queue(open_page, store):
    app = open_page()
    app.button(key="ask-run").click().run()
    app.button(key="stop-run").click().run()
    assert jobs.waiting(store) == []
    assert app.warning[0].value.startswith("Stopped")
    assert not app.button(key="ask-run").disabled


def test_a_finished_run_shows_both_accuracies_with_counts_intervals_and_the_verdict(open_page, finish):
    finish(digits_quick())
    text = said(open_page())
    assert "84.0%" in text
    assert "420 of 500" in text
    assert "446 of 500" in text
    assert "86.2 to 91.6%".replace(" ", "\u00a0") in text
    assert tells(text, 38, 12, 500, Verdict.BETTER)


def test_a_known_result_costs_nothing(open_page, finish):
    finish(digits_quick())
    finish(with_setting(digits_quick(), "fine_tuning.unfreeze_from", 98))  # newest, so it is on the page
    assert open_page().button(key="ask-run").label == "Show result · at once"


def test_the_handle_moves_the_price_and_trains_nothing(open_page, store):
    app = open_page()
    app.select_slider(key="unfreeze").set_value(154).run()
    assert "**12,810** of 2.27 M numbers will change" in said(app)
    assert store.list_runs() == []


def test_every_layer_keeps_the_place_of_the_handle(open_page):
    app = open_page()
    app.toggle(key="every_layer").set_value(True).run()
    assert app.select_slider(key="layer").value == 116
    app.select_slider(key="layer").set_value(118).run()
    app.toggle(key="every_layer").set_value(False).run()
    assert app.select_slider(key="unfreeze").value == 116


def test_nonsense_in_the_address_gives_the_defaults(open_page):
    app = open_page(unfreeze="block 99", data="nothing", every_layer="perhaps", seed="x")
    assert app.select_slider(key="unfreeze").value == 116
    assert app.selectbox(key="data").value == "digits"


def test_a_folder_of_ones_own_becomes_the_data_set(open_page, tmp_path):
    for name, colour in (("red", (200, 0, 0)), ("blue", (0, 0, 200))):
        for number in range(12):
            path = tmp_path / "mine" / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (40, 40), tuple(min(255, c + number) for c in colour)).save(path)
    app = open_page()
    app.text_input(key="own_path").set_value(str(tmp_path / "mine")).run()
    app.button(key="use-own").click().run()
    assert not app.exception
    assert app.selectbox(key="data").value == str(tmp_path / "mine")
    assert "2 classes (blue, red)" in said(app)
    assert app.button(key="ask-run").label.startswith("Train on 16 photos")
    again = open_page(data=str(tmp_path / "mine"))  # a reload: the same address in a session of its own
    assert again.selectbox(key="data").value == str(tmp_path / "mine")


def test_a_wrong_folder_is_told_beside_the_field_and_changes_nothing(open_page):
    app = open_page()
    app.text_input(key="own_path").set_value("/no/such/folder").run()
    app.button(key="use-own").click().run()
    assert "/no/such/folder does not exist." in app.error[0].value
    assert app.selectbox(key="data").value == "digits"


def test_fetching_cats_and_dogs_says_size_and_licence_first(open_page):
    app = open_page()
    assert app.button(key="fetch-cats").label.endswith("68.6 MB")
    assert "Licence: " in said(app)


def test_a_failed_download_is_told_beside_its_button(open_page, monkeypatch):
    def no_network(name, home, report=None, should_stop=None):
        raise DatasetError("There is no network.", fix="Put the file into a folder named by THAW_DATA.")

    monkeypatch.setattr(datasets, "download", no_network)
    app = open_page()
    app.button(key="fetch-cats").click().run()
    app.run()
    assert "There is no network. Put the file" in app.error[0].value


def test_cats_and_dogs_that_are_here_are_one_click_away(open_page, tmp_path, monkeypatch):
    folder = tmp_path / "data" / DOWNLOADS["cats_and_dogs"].file_name.removesuffix(".zip")
    for name in ("cats", "dogs"):
        for number in range(10):
            path = folder / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (40, 40), (number, 40 * len(name), 9)).save(path)
    monkeypatch.setenv("THAW_DATA", str(tmp_path / "data"))
    app = open_page()
    app.button(key="use-cats").click().run()
    assert app.selectbox(key="data").value == "cats_and_dogs"
    assert app.select_slider(key="unfreeze").value == 100, "the controls follow the data set"


def test_the_quiet_line_names_device_weights_and_data(open_page, store):
    note(store, "CPU, 2 threads")
    assert "CPU, 2 threads · MobileNetV2 with ImageNet weights · Handwritten digits: 5,000" in said(
        open_page()
    )


def test_the_job_line_stands_on_every_page(open_page, store):
    jobs.enqueue(store, key_of(digits_quick(), store), digits_quick())
    for name in ("start", "layers", "compare"):
        captions = [caption.value for caption in open_page(name).sidebar.caption]
        assert any("waiting, 1st in the queue" in text for text in captions), name
