"""A link reopens a page as it was; one that makes no sense, or means harm, gives defaults and one note."""

import ast
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.config import with_setting
from core.presets import digits_quick
from core.wording import words
from pages.ui import address, services
from tests.pages.conftest import ROOT, said

PAGES = [path.stem for path in sorted(ROOT.glob("pages/*.py"))]
CHECKED = {*address.PARAMETERS, "data", "augmentation"}  # on every page

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
def open_link(no_worker):
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


def test_a_link_reopens_every_setting_without_a_note(open_link):
    config = with_setting(digits_quick(), "fine_tuning.unfreeze_from", 134)
    wanted = {
        "unfreeze": words.freeze_up_to(134), "epochs_frozen": "3", "epochs_tuned": "2", "rate_frozen": "0.01",
        "rate_tuned": "1e-6", "optimizer_tuned": "SGD", "batch_norm": "use each batch", "batch_size": "64",
        "hidden": "128", "dropout": "0.45", "seed": "7",
    }  # fmt: skip
    app = open_link("fine_tuning", **wanted)
    assert not app.exception
    assert note(app) == ""
    assert app.select_slider(key="unfreeze").value == config.fine_tuning.unfreeze_from
    assert app.number_input(key="epochs_frozen").value == 3
    assert app.selectbox(key="rate_tuned").value == 1e-6
    assert app.segmented_control(key="batch_norm").value == "batch"
    assert (app.slider(key="dropout").value, app.number_input(key="seed").value) == (0.45, 7)
    assert {name: app.query_params[name] for name in wanted} == wanted
    assert not app.warning


def test_settings_of_controls_that_a_page_does_not_draw_go_on_to_the_page_that_does(open_link):
    app = open_link("data", unfreeze=words.freeze_up_to(134), dropout="0.45", seed="7")
    app.switch_page("pages/fine_tuning.py").run()
    assert not app.exception
    assert app.select_slider(key="unfreeze").value == 134
    assert (app.slider(key="dropout").value, app.number_input(key="seed").value) == (0.45, 7)


@pytest.mark.parametrize(
    ("page", "key", "view"),
    [("layers", "layers_view", "What to freeze"), ("data", "data_view", "Check"),
     ("bottleneck_features", "features_view", "By depth"), ("fine_tuning", "tuning_view", "Learning rate")],
)  # fmt: skip
def test_a_link_reopens_the_view_of_a_page(open_link, page, key, view):
    app = open_link(page, **{key: view})
    assert not app.exception
    assert app.segmented_control(key=key).value == view
    assert app.query_params == {key: view}
    assert key in note(open_link(page, **{key: "Nothing"})).replace("\\", "")


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
    assert app.select_slider(key="unfreeze").value == digits_quick().fine_tuning.unfreeze_from
    assert app.number_input(key="seed").value == digits_quick().seed
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
    app = open_link("data", unfreeze=words.freeze_up_to(101))
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
    finish(with_setting(digits_quick(), "data.name", folder), classes=("cat", "dog"))
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
    for parameter in address.PARAMETERS.values():
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
    text for text in HOSTILE if not any(p.read(text) is not None for p in address.PARAMETERS.values())
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


def test_every_control_bound_to_the_address_is_checked():
    """`links.check(name=...)` beside it, or an entry in `address.PARAMETERS`."""
    checked = {*CHECKED}
    for call in calls():
        if ast.unparse(call.func) == "links.check":
            checked |= {word.arg for word in call.keywords}
    assert bound_keys() <= checked


def parameters() -> set[str]:
    """Every parameter that the code reads: keys of bound controls, and names given to `links`."""
    found = {*CHECKED, "variants", "augment_view", "augment_phases", "augment_seeds", "question", "compared",
             "networks"}  # fmt: skip
    return found | bound_keys()


def bound_keys() -> set[str]:
    """Keys of the controls bound to the address bar, as far as they are literals."""
    found = set()
    for call in calls():
        given = {word.arg: word.value for word in call.keywords}
        if "bind" in given and isinstance(given.get("key"), ast.Constant):
            found.add(given["key"].value)
    return found


def calls() -> Iterator[ast.Call]:
    """Every call in the code of the pages."""
    for path in ROOT.glob("pages/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield node
