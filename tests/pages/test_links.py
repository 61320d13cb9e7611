"""A link reopens a page as it was; one that makes no sense, or means harm, gives defaults and one note."""

import random
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from core.config import with_setting
from core.presets import first_visit
from pages.ui import address, old_links, services
from pages.ui.data import division
from pages.ui.old_links import WORDS
from pages.ui.parameters import PARAMETERS
from tests.pages.conftest import ROOT, said

PAGES = [path.stem for path in sorted(ROOT.glob("pages/*.py"))]
DIVISION = dict(division.PARAMETERS.values())
CHECKED = {*PARAMETERS, *DIVISION, "data", "augmentation"}  # on every page

HOSTILE = [
    "", " ", "0", "-1", "1e999", "inf", "nan", "1e-400", "99999999999", "٣", "0x10", "1_0", "7.5", "None",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "![x](http://x/y.png)", "[a](javascript:b)",
    "$\\frac{1}{0}$", ":red[x]", "`", "**", "|", "{0}", "%s%n", "%2e%2e%2f", "\x00", "a\x00b", "\x1b[2J",
    "\r\nX: y", "true ", "\u202eabc", "\ud7ff", "\U0001f4a5" * 30, "e\u0301" * 50, "A" * 10_000,
    "../" * 30 + "etc/passwd", "../../etc/passwd", "/etc/passwd", "/etc", "/", "~", "~root", "~nobody-here",
    "C:\\Windows", "\\\\server\\share", "file:///etc", "http://169.254.169.254/", "con", "digits\x00",
    "digits/../..", "run-v1-0123456789abcdef", "' OR 1=1 --", "block 99", "block 11", "[]", "{}", "__class__",
]  # fmt: skip


@pytest.fixture
def open_link(no_worker, served):
    """Open a link straight to a page: `open_link("layers", seed="7")`."""

    def open_it(page: str, **query: str | list[str]) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        app.query_params.update(query)
        if page != "start":
            app.switch_page(f"pages/{page}.py")
        return app.run()

    return open_it


def note(app: AppTest) -> str:
    """What is said about the link; empty where nothing is."""
    found = [info.value for info in app.info if info.value.startswith("The link asked for")]
    assert len(found) <= 1
    return found[0] if found else ""


# A good link

SETTINGS = {
    "unfreeze": "134", "epochs_frozen": "3", "epochs_tuned": "2", "rate_frozen": "0.01",
    "rate_tuned": "1e-06", "optimizer_tuned": "sgd", "batch_norm": "batch", "batch_size": "64",
    "hidden": "128", "dropout": "0.45", "seed": "7",
}  # fmt: skip


def assert_set(app: AppTest) -> None:
    """The controls say what `SETTINGS` does, and nothing is noted."""
    assert not app.exception
    assert note(app) == ""
    assert app.select_slider(key="unfreeze").value == 134
    assert app.number_input(key="epochs_frozen").value == 3
    assert app.selectbox(key="rate_tuned").value == 1e-6
    assert app.selectbox(key="optimizer_tuned").value == "sgd"
    assert app.segmented_control(key="batch_norm").value == "batch"
    assert (app.slider(key="dropout").value, app.number_input(key="seed").value) == (0.45, 7)


def test_a_link_reopens_every_setting_without_a_note(open_link):
    app = open_link("fine_tuning", **SETTINGS)
    assert_set(app)
    assert app.query_params == SETTINGS
    assert not app.warning


def test_an_old_link_that_names_them_by_words_opens_the_same_and_says_ids_from_then_on(open_link):
    worded = {
        "unfreeze": "block 15 · first 134 layers", "rate_tuned": "1e-6", "optimizer_tuned": "SGD",
        "batch_norm": "use each batch", "hidden": "none",
    }  # fmt: skip
    app = open_link("fine_tuning", **SETTINGS | worded)
    assert_set(app)
    assert app.query_params == {name: text for name, text in SETTINGS.items() if name != "hidden"}


def test_settings_of_controls_that_a_page_does_not_draw_go_on_to_the_page_that_does(open_link):
    app = open_link("data", unfreeze="134", dropout="0.45", seed="7")
    app.switch_page("pages/fine_tuning.py").run()
    assert not app.exception
    assert app.select_slider(key="unfreeze").value == 134
    assert (app.slider(key="dropout").value, app.number_input(key="seed").value) == (0.45, 7)


VIEWS = {  # parameter -> its page, and what else the link must say for its control to be drawn
    "layers_view": ("layers", {}),
    "features_view": ("bottleneck_features", {}),
    "data_view": ("data", {}),
    "tuning_view": ("fine_tuning", {}),
    "predict_view": ("predict", {}),
    "predict_source": ("predict", {}),
    "predict_photo": ("predict", {"predict_source": "sample"}),
    "predict_many_source": ("predict", {"predict_view": "many"}),
    "compare_view": ("compare", {}),
    "checked_on": ("compare", {}),
    "certainty": ("compare", {"compare_view": "certainty"}),
    "augment_view": ("augmentation", {}),
    "augment_phases": ("augmentation", {"augment_view": "gain"}),
}


@pytest.fixture
def offered(monkeypatch) -> dict[str, list]:
    """Parameter -> the ids that its control offers, of the controls drawn so far."""
    found, choice = {}, address.choice
    monkeypatch.setattr(
        address, "choice", lambda name, values: choice(name, found.setdefault(name, list(values)))
    )
    return found


@pytest.mark.parametrize("key", VIEWS)
def test_a_link_reopens_a_view_by_its_id_and_an_old_one_by_its_words(open_link, finish, offered, key):
    page, more = VIEWS[key]
    finish(first_visit())
    words, view = [*WORDS[key].items()][-1]
    for link in (view, words):
        app = open_link(page, **more, **{key: link})
        assert not app.exception, (link, app.exception[0].message)
        assert (app.session_state[key], app.query_params[key], note(app)) == (view, view, "")
    assert set(WORDS[key].values()) <= set(offered[key])
    assert key in note(open_link(page, **more, **{key: "Nothing"})).replace("\\", "")


def test_a_views_old_words_are_all_tested():
    settings = {*PARAMETERS, "data"}
    assert VIEWS.keys() == WORDS.keys() - settings


@pytest.mark.parametrize(
    ("words", "layer"),
    [("nothing · no layer", "0"), ("block 0 · first 4 layers", "4"), ("block 11 · first 98 layers", "98"),
     ("layer 100 (in block 11) · first 100 layers", "100"), ("Conv_1 · first 151 layers", "151"),
     ("layer 101 (in block 11) · first 101 layers", "101"), ("head only · all 154 layers", "154"),
     ("first 4 layers", "first 4 layers"), ("x · first 4444 layers", "x · first 4444 layers")],
)  # fmt: skip
def test_the_old_words_of_a_stop_name_its_layer(words, layer):
    assert old_links.today("layer", words) == old_links.today("unfreeze", words) == layer
    assert old_links.today("seed", words) == words


def test_going_back_undoes_the_last_choice_and_what_a_link_leaves_out_is_the_default(open_link, monkeypatch):
    app = open_link("fine_tuning", unfreeze="134", tuning_view="batch_norm")
    before = dict(app.query_params.items())
    app.number_input(key="seed").set_value(7).run()
    app.select_slider(key="unfreeze").set_value(98).run()
    app.segmented_control(key="tuning_view").set_value("hurts").run()
    assert app.query_params == {"unfreeze": "98", "seed": "7", "tuning_view": "hurts"}
    with monkeypatch.context() as patch:
        patch.setattr(address, "get_script_run_ctx", lambda: SimpleNamespace(is_history_navigation=True))
        app.query_params = before
        app.run()
    assert app.query_params == before
    assert app.select_slider(key="unfreeze").value == 134
    assert app.number_input(key="seed").value == first_visit().seed
    assert app.segmented_control(key="tuning_view").value == "batch_norm"


# A bad one


def test_one_note_names_every_parameter_that_was_not_understood_and_the_defaults_stand(open_link):
    app = open_link("fine_tuning", unfreeze="block 99", seed="inf", epochs_frozen="3", data="<b>zebras</b>")
    said_of = note(app)
    for part in (
        "unfreeze",
        "“block 99”, which is not the start of a block",
        "seed",
        "“inf”",
        "data",
        "zebras",
    ):
        assert part in said_of.replace("\\", "")
    assert "epochs" not in said_of
    assert "\\<b\\>" in said_of
    assert app.select_slider(key="unfreeze").value == first_visit().fine_tuning.unfreeze_from
    assert app.number_input(key="seed").value == first_visit().seed
    assert app.number_input(key="epochs_frozen").value == 3
    assert set(app.query_params) & {"unfreeze", "seed", "data"} == set()


def test_the_note_goes_when_closed_and_when_another_page_is_opened(open_link):
    app = open_link("layers", unfreeze="block 99")
    assert note(app)
    app.toggle(key="every_layer").set_value(True).run()
    assert note(app)
    app.button(key="close-link-note").click().run()
    assert not note(app)
    app = open_link("layers", unfreeze="block 99")
    app.switch_page("pages/data.py").run()
    assert not note(app)


def test_a_stop_inside_a_block_is_no_stop_of_the_slider_on_any_page(open_link):
    app = open_link("data", unfreeze="101")
    assert "unfreeze" in note(app)
    app.switch_page("pages/layers.py").run()
    assert not app.exception


# A link opens no folder


def photos(folder: Path) -> Path:
    """A folder of images that could be opened."""
    from tests.core.test_datasets import build

    return build(folder, {"cat": 12, "dog": 12}, ".png")


def test_a_folder_in_a_link_is_not_even_looked_at_until_a_person_opens_it(open_link, tmp_path, monkeypatch):
    folder = str(photos(tmp_path / "photos"))
    asked = []
    monkeypatch.setattr(Path, "exists", lambda path, **how: asked.append(str(path)) or False)
    app = open_link("layers", data=folder)
    monkeypatch.undo()
    assert folder not in asked
    assert app.selectbox(key="data").value == "digits"
    assert "the Data page can open it" in note(app)
    assert folder not in app.selectbox(key="data").options


def test_a_folder_with_runs_or_chosen_before_is_opened_again(open_link, tmp_path, finish):
    folder = str(photos(tmp_path / "photos"))
    finish(with_setting(first_visit(), "data.name", folder), classes=("cat", "dog"))
    app = open_link("layers", data=folder)
    assert (app.selectbox(key="data").value, note(app)) == (folder, "")

    other = str(photos(tmp_path / "others"))
    services.opened().add(other)  # as `state.choose_dataset` does when a person names it
    app = open_link("layers", data=other)
    assert (app.selectbox(key="data").value, note(app)) == (other, "")


def test_a_data_set_that_is_known_but_not_here_is_told_from_one_that_is_unknown(open_link):
    assert "not on this machine" in note(open_link("layers", data="Cats and dogs"))
    assert "not a data set here" in note(open_link("layers", data="zebras"))
    app = open_link("layers", data="digits")  # by its name as well as by its title
    assert (app.selectbox(key="data").value, note(app)) == ("digits", "")


# Anything at all


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_the_reading_of_a_parameter(text):
    for parameter in PARAMETERS.values():
        value = parameter.read(text)
        assert value is None or parameter.read(parameter.write(value)) == value


def assert_harmless(app: AppTest, query: dict) -> None:
    assert not app.exception, (query, app.exception[0].message)
    told = note(app)
    for name in CHECKED & set(query):
        values = query[name] if isinstance(query[name], list) else [query[name]]
        bad = values[-1] in HOSTILE_EVERYWHERE
        assert not bad or f"**{name}**".replace("_", "\\_") in told, (name, values, told)
    assert len(told) < 200 * (len(query) + 1)
    assert "Traceback" not in said(app)


# no control takes these, whatever it is for
HOSTILE_EVERYWHERE = {
    text for text in HOSTILE if not any(p.read(text) is not None for p in (PARAMETERS | DIVISION).values())
}


@pytest.mark.parametrize("page", PAGES)
def test_a_hostile_link_gives_the_page_and_a_note(open_link, page, tmp_path):
    """Every parameter the app reads at once, each with another hostile value."""
    draw = random.Random(page)
    query = {name: draw.choice(HOSTILE) for name in sorted(parameters())}
    before = sorted(tmp_path.parent.iterdir())
    assert_harmless(open_link(page, **query), query)
    assert sorted(tmp_path.parent.iterdir()) == before


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(200))
def test_two_hundred_hostile_links_one_after_the_other(open_link, seed):
    draw = random.Random(seed)
    names = draw.sample(sorted(parameters()), draw.randint(1, 6))
    query = {
        name: [draw.choice(HOSTILE) for _ in range(draw.randint(2, 3))] if draw.random() < 0.2
        else draw.choice(HOSTILE)
        for name in names
    }  # fmt: skip
    assert_harmless(open_link(draw.choice(PAGES), **query), query)


def parameters() -> set[str]:
    """Every parameter that the code reads, by the texts that it gives to `address` and `views`."""
    found, reading = {*CHECKED}, re.compile(r"\b(?:address\.(?:choice|linked)|views\.choose)\(\s*\"(\w+)\"")
    for path in ROOT.glob("pages/**/*.py"):
        text = path.read_text(encoding="utf-8")
        found |= set(reading.findall(text))
        for page in re.findall(r"pictures\.choose\(\w+, \"(\w+)\"", text):
            found |= {f"{page}_source", f"{page}_photo"}
    assert {*VIEWS, "variants", "augment_seeds", "inside_photo", "question", "compared", "networks"} <= found
    return found
