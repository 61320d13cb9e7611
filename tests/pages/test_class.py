"""Served to a class: what each person's pages show and let them do, whatever their browser sends."""

import pytest

from core import ownership
from core.config import with_setting
from core.data import datasets, kept, listers
from core.intake.taking_in import take_in
from core.limits import PersonLimits
from core.running import jobs
from core.running.identity import ask
from core.store import Store
from pages.ui import services
from tests import fakes
from tests.pages.conftest import RECIPE, said
from tests.people import ANNA, BEN, TEACHER, access_of
from tests.photos import build

PAGES = (
    "start", "data", "layers", "augmentation", "bottleneck_features", "fine_tuning", "compare", "predict",
    "lab_questions",
)  # fmt: skip
NO_LIMITS = PersonLimits(50, 1)


@pytest.fixture
def album(tmp_path, store):
    """A set of photos of Anna's, by its name."""
    folder = build(tmp_path / "somewhere", {"zebras": 12, "quaggas": 12})
    return access_of(ANNA, store.home).keep(
        take_in(listers.of_folder(folder), store.home), "Album", NO_LIMITS
    )


def has_run(person, store, config=RECIPE) -> str:
    access = access_of(person, store.home)
    asked = ask(config, access.store)
    access.ask(asked)
    for one in (asked.first, asked.control, asked):
        if one is not None and not store.finished(one.key):
            fakes.finish(store, one.key, one.config)
    return asked.key


def everything(app) -> str:
    """All that the server sends a browser for this page: words, options, charts, addresses."""
    return "".join(f"{element.proto}" for element in app.main) + "".join(f"{e.proto}" for e in app.sidebar)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_shows_anything_of_anothers_or_a_path_of_the_server(
    open_page, log_in, store, album, name, monkeypatch, tmp_path
):
    shared = build(tmp_path / "server" / "zoo", {"cats": 6, "dogs": 6})
    monkeypatch.setenv("THAW_DATA", str(shared.parent))
    key = has_run(ANNA, store)
    on_album = has_run(ANNA, store, with_setting(RECIPE, "data.name", album))
    log_in(BEN)
    app = open_page(name)
    sent = everything(app)
    for secret in (
        album,
        "Album",
        "zebras",
        key,
        on_album,
        ANNA.name,
        ANNA.id,
        str(store.home),
        str(tmp_path),
    ):
        assert secret not in sent, secret
    log_in(ANNA)
    assert "Album" in everything(open_page(name))


def test_what_another_trained_already_is_mine_at_one_press_and_at_once(open_page, log_in, store):
    key = has_run(ANNA, store)
    log_in(BEN)
    app = open_page("fine_tuning")
    button = app.button(key="ask-run")
    assert "at once" in button.label
    button.click().run()
    assert key in ownership.runs_of(store.home, BEN.id)
    assert not jobs.waiting(store)
    assert "Its result is on this page" in app.button(key="ask-run").label


@pytest.mark.parametrize("link", ["{album}", "{folder}", "/etc", "Album", "Album~000000000000", "../../etc"])
def test_a_link_opens_nothing_of_anothers_and_no_path(open_page, log_in, store, album, link):
    folder = kept.folder_of(album, store.home)
    log_in(BEN)
    app = open_page("data", data=link.format(album=album, folder=folder))
    assert app.selectbox(key="data").value == "digits"
    assert "The link asked for" in said(app)
    assert "zebras" not in everything(app)


def test_a_link_to_anothers_run_opens_none(open_page, log_in, store):
    key = has_run(ANNA, store)
    has_run(BEN, store, with_setting(RECIPE, "fine_tuning.unfreeze_from", 98))
    log_in(BEN)
    app = open_page("compare", compared=f"{key.removeprefix('run-v1-')}.tuned")
    assert key not in everything(app)


def test_no_path_can_be_typed_and_one_that_is_sent_all_the_same_is_refused(open_page, log_in, tmp_path):
    log_in(BEN)
    app = open_page("data", data_view="sources")
    assert "own_path" not in [field.key for field in app.text_input]
    assert "Where:" not in said(app)
    from pages.ui.data import own_photos

    with pytest.raises(Exception, match="no path of it is opened"):
        own_photos._asked_path()


def test_the_class_sees_a_shared_set_with_whose_it_is_until_it_is_taken_back(open_page, log_in, store, album):
    log_in(ANNA)
    app = open_page("data", data_view="sources")
    app.button(key=f"share-{album}").click().run()
    log_in(BEN)
    theirs = open_page("data", data_view="sources", data=album)
    assert theirs.selectbox(key="data").value == album
    assert f"Album · {ANNA.name}".replace("@", "\\@") in said(theirs) or ANNA.name in everything(theirs)
    assert f"delete-{album}" not in [button.key for button in theirs.button]
    log_in(ANNA)
    app = open_page("data", data_view="sources")
    assert app.button(key=f"share-{album}").label == "Take back"
    app.button(key=f"share-{album}").click().run()
    services.forget_catalogue()
    log_in(BEN)
    assert open_page("data", data=album).selectbox(key="data").value == "digits"


def test_a_run_is_shared_and_taken_back_where_runs_are_listed(open_page, log_in, store):
    key = has_run(ANNA, store)
    log_in(ANNA)
    app = open_page("compare", compare_view="runs")
    app.multiselect(key="picked").set_value([key]).run()
    app.button(key="share-runs").click().run()
    assert key in [run.run_key for run in Store(store.home, BEN).list_runs()]
    app.button(key="share-runs").click().run()
    assert not Store(store.home, BEN).list_runs()


def test_opening_a_test_set_opens_it_for_oneself(open_page, log_in, store):
    key = has_run(ANNA, store)
    has_run(BEN, store)
    log_in(ANNA)
    app = open_page("compare", checked_on="test")
    app.button(key="open-test").click().run()
    split_key = store.load(key).dataset.split_key
    assert len(Store(store.home, ANNA).test_openings(split_key)) == 1
    log_in(BEN)
    app = open_page("compare", checked_on="test")
    assert "open-test" in [button.key for button in app.button]


def evidence(app) -> list:
    """The choice of a run that one's own answer rests on."""
    return [choice for choice in app.selectbox if choice.label == "Evidence from run"]


def test_what_others_shared_is_no_evidence_of_ones_own(open_page, log_in, store):
    key = has_run(ANNA, store)
    access_of(ANNA, store.home).share("runs", [key])
    log_in(BEN)
    assert not evidence(open_page("lab_questions", question=2))
    log_in(ANNA)
    assert evidence(open_page("lab_questions", question=2))


def test_another_persons_training_is_told_of_without_its_name(open_page, log_in, store, album):
    config = with_setting(RECIPE, "data.name", album)
    access = access_of(ANNA, store.home)
    asked = ask(config, access.store)
    access.ask(asked)
    jobs.enqueue(store, asked.key, config, owner=ANNA.id)
    log_in(BEN)
    app = open_page("start")
    assert "Another's run" in said(app)
    assert "Album" not in everything(app)


def test_only_a_teacher_has_the_page_of_the_class(open_page, log_in, store, album):
    has_run(ANNA, store)
    log_in(BEN)
    app = open_page("people")
    assert ANNA.name not in everything(app)
    log_in(TEACHER)
    app = open_page("people")
    assert list(app.dataframe[0].value["who"]) == [ANNA.name, BEN.name, TEACHER.name]


def test_a_teacher_shares_looks_at_and_deletes_what_a_student_made(open_page, log_in, store, album):
    key = has_run(ANNA, store)
    log_in(TEACHER)
    app = open_page("people")
    app.selectbox(key="member").set_value(ANNA.id).run()
    assert "Album" in said(app)
    app.multiselect(key="members-runs").set_value([key]).run()
    app.button(key="take-theirs").click().run()
    assert key in [run.run_key for run in Store(store.home, TEACHER).list_runs()]
    app.button(key="share-theirs").click().run()
    assert key in [run.run_key for run in Store(store.home, BEN).list_runs()]
    app.button(key="delete-theirs").click().run()
    assert not store.finished(key)
    app.button(key=f"delete-{album}").click().run()
    assert album not in kept.kept_sets(store.home)


def test_a_teacher_deletes_all_data_of_a_person_after_being_asked_twice(open_page, log_in, store, album):
    has_run(ANNA, store)
    log_in(TEACHER)
    app = open_page("people")
    app.selectbox(key="member").set_value(ANNA.id).run()
    assert app.button(key="forget-person").disabled
    app.checkbox(key=f"sure-{ANNA.id}").check().run()
    app.button(key="forget-person").click().run()
    assert ANNA.id not in ownership.people(store.home)
    assert album not in kept.kept_sets(store.home)
    assert not app.exception


def test_a_receipt_and_a_link_name_a_folder_by_its_title_and_content(open_page, store, tmp_path):
    folder = build(tmp_path / "My pets", {"cats": 12, "dogs": 12})
    app = open_page("data", data_view="sources")
    app.session_state["own_data"] = [str(folder)]
    services.opened().add(str(folder))
    app.run()
    app.selectbox(key="data").set_value(str(folder)).run()
    (link,) = [app.query_params["data"]]
    dataset = datasets.find(str(folder), store.home)
    assert link == f"My pets~{dataset.whole_key[-12:]}"
    again = open_page("data", data=link)
    assert again.selectbox(key="data").value == str(folder)
    moved = folder.rename(tmp_path / "Elsewhere")
    assert str(moved) not in everything(again)
