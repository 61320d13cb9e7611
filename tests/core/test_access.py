"""Who may see and do what: two who logged in, a teacher, and everyone where nobody logs in."""

import json
from dataclasses import replace

import numpy as np
import pytest

from core import limits, ownership
from core.config import ExperimentConfig, with_setting
from core.data import datasets, exclusions, kept, listers, looks, pixels
from core.data.digits import open_digits
from core.errors import DatasetError, NotAllowed, StoreError
from core.intake.taking_in import Intake, take_in
from core.limits import PersonLimits
from core.method.bank import BankFiles, Recipe
from core.people.access import Access
from core.people.actions import FILE
from core.people.forgetting import forget_person
from core.people.serving import Mode
from core.presets import first_visit
from core.running import jobs, keeping, worker
from core.running.identity import Asked, ask
from core.store import Store
from core.wording import words
from tests import fakes
from tests.people import ANNA, BEN, TEACHER, access_of, anybody
from tests.photos import build

NO_LIMITS = PersonLimits(50, 1)
TUNED = first_visit()
OTHER = with_setting(TUNED, "fine_tuning.unfreeze_from", 98)


@pytest.fixture
def anna(home) -> Access:
    return access_of(ANNA, home)


@pytest.fixture
def ben(home) -> Access:
    return access_of(BEN, home)


@pytest.fixture
def teacher(home) -> Access:
    return access_of(TEACHER, home)


def take(folder, home) -> Intake:
    return take_in(listers.of_folder(folder), home)


def has_run(access: Access, config: ExperimentConfig = TUNED) -> str:
    """A run that this person asked for, finished with its first phase and its control."""
    asked = ask(config, access.store)
    access.ask(asked)
    for one in (asked.first, asked.control, asked):
        assert one is not None
        if not access.store.finished(one.key):
            fakes.finish(Store(access.store.home), one.key, one.config)
    return asked.key


def listed(access: Access) -> list[str]:
    return [run.run_key for run in access.store.list_runs()]


def letter(access: Access, key: str) -> str:
    """What a run is called in the list of a person."""
    return words.run_names(keeping.visible(access.store.list_runs()))[key][0]


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return open_digits(tmp_path_factory.mktemp("digits"))


@pytest.fixture(autouse=True)
def digits_at_hand(digits, monkeypatch):
    """Parsing them takes over a second, and every test has a home of its own."""
    monkeypatch.setattr(datasets, "open_digits", lambda home: digits)


# Runs


def test_a_run_is_seen_by_who_asked_for_it_and_nobody_else(anna, ben):
    key = has_run(anna)
    assert key in listed(anna)
    assert len(listed(anna)) == 3, "with its first phase and its control"
    assert listed(ben) == []
    for read in (ben.store.load, ben.store.arrays, ben.store.config):
        with pytest.raises(StoreError, match="There is no finished run"):
            read(key)


def test_what_another_asked_for_already_is_not_trained_again_and_then_belongs_to_both(anna, ben):
    key = has_run(anna)
    asked = ask(TUNED, ben.store)
    assert asked.key == key
    assert ben.store.finished(key)
    ben.ask(asked)
    assert ben.store.load(key) == anna.store.load(key)
    anna.delete_runs([key])
    assert listed(anna) == []
    assert key in listed(ben), "it is Ben's still"
    assert ben.store.load(key)
    ben.delete_runs([key])
    assert Store(ben.store.home).list_runs() == []


def test_another_cannot_delete_share_or_take_back_a_run(anna, ben):
    key = has_run(anna)
    for act in (ben.delete_runs, lambda keys: ben.share("runs", keys), lambda k: ben.take_back("runs", k)):
        with pytest.raises(NotAllowed, match="not yours"):
            act([key])
    assert key in listed(anna)
    assert not ben.shared("runs")


def test_a_shared_run_is_seen_by_all_until_it_is_taken_back_and_is_no_evidence_of_theirs(anna, ben):
    key = has_run(anna)
    anna.share("runs", [key])
    assert set(listed(ben)) == set(listed(anna)), "its control, too: without it there is no verdict"
    assert not ben.is_mine(key)
    with pytest.raises(NotAllowed):
        ben.delete_runs([key])
    anna.take_back("runs", [key])
    assert listed(ben) == []


def test_deleting_what_one_shared_takes_it_from_the_class(anna, ben):
    key = has_run(anna)
    anna.share("runs", [key])
    anna.delete_runs([key])
    assert listed(ben) == []
    assert not Store(anna.store.home).finished(key)


def test_a_teacher_sees_shares_and_deletes_what_others_made_and_has_a_short_list(anna, ben, teacher):
    key, other = has_run(anna), has_run(ben, OTHER)
    assert listed(teacher) == []
    assert teacher.store.load(key).run_key == key
    teacher.share("runs", [key])
    assert key in listed(ben)
    teacher.delete_for_all([key, other])
    with pytest.raises(NotAllowed):
        ben.delete_for_all([key])
    assert listed(anna) == listed(ben) == []
    assert Store(anna.store.home).list_runs() == []


def test_what_nobody_asked_for_is_the_teachers_to_see_and_to_share(anna, teacher):
    asked = ask(TUNED, Store(anna.store.home))
    fakes.finish(asked.store, asked.key, TUNED)
    assert listed(anna) == []
    assert listed(teacher) == [asked.key]
    teacher.share("runs", [asked.key])
    assert listed(anna) == [asked.key]


def test_pins_and_letters_are_each_persons_own(anna, ben):
    first, second = has_run(anna), has_run(anna, OTHER)
    has_run(ben, OTHER)
    anna.store.pin(second)
    pinned = {run.run_key: run.pinned for run in anna.store.list_runs()}
    assert pinned[second]
    assert not pinned[first]
    assert not any(run.pinned for run in ben.store.list_runs())
    assert letter(anna, second) == "B"
    anna.delete_runs([first])
    assert letter(anna, second) == "B"
    assert letter(ben, second) == "A"


def test_the_seal_of_a_test_set_is_each_persons_own(anna, ben, teacher):
    split_key = anna.store.load(has_run(anna)).dataset.split_key
    ben.ask(ask(TUNED, ben.store))
    anna.store.open_test(split_key, tried=1)
    assert len(anna.store.test_openings(split_key)) == 1
    assert ben.store.test_openings(split_key) == teacher.store.test_openings(split_key) == []


# Sets of photos


def test_two_people_may_call_their_sets_the_same_and_neither_sees_the_others(home, pets, anna, ben):
    mine = anna.keep(take(pets, home), "Pets", NO_LIMITS)
    theirs = ben.keep(take(pets, home), "Pets", NO_LIMITS)
    assert mine != theirs
    assert [entry.title for entry in anna.offered() if entry.kept] == ["Pets"]
    assert anna.dataset(mine).title == "Pets"
    with pytest.raises(DatasetError, match="no such data set") as refused:
        ben.dataset(mine)
    assert mine not in str(refused.value)
    with pytest.raises(DatasetError, match="already"):
        anna.keep(take(pets, home), "pets", NO_LIMITS)


def test_a_shared_set_says_whose_it_is_and_only_they_or_a_teacher_may_change_it(
    home, pets, anna, ben, teacher
):
    name = anna.keep(take(pets, home), "Pets", NO_LIMITS)
    anna.share("sets", [name])
    assert [entry.title for entry in ben.offered() if entry.kept] == ["Pets · anna@school.example"]
    assert ben.dataset(name).key == anna.dataset(name).key
    for act in (ben.delete_set, lambda n: ben.take_back("sets", [n])):
        with pytest.raises(NotAllowed, match="not yours"):
            act(name)
    teacher.take_back("sets", [name])
    with pytest.raises(DatasetError):
        ben.dataset(name)


@pytest.mark.parametrize("mode", [Mode.LOGIN, Mode.OPEN])
def test_where_many_share_a_store_no_path_is_a_data_set_and_none_is_told(home, pets, anna, mode):
    access = anna if mode is Mode.LOGIN else anybody(home)
    for path in (str(pets), "/dev/zero", "../pets", f"{pets}/.", "~"):
        with pytest.raises(DatasetError, match="no such data set") as refused:
            access.dataset(path)
        assert str(pets) not in str(refused.value)
    assert all(not entry.location for entry in access.offered())


def test_a_folder_of_thaw_data_is_everyones(home, pets, anna, monkeypatch):
    monkeypatch.setenv("THAW_DATA", str(pets.parent))
    assert len(anna.dataset("pets").items) > 0
    with pytest.raises(DatasetError):
        anna.dataset(str(pets))


def test_images_left_out_are_left_out_for_one_person_and_their_run_is_trained_without_them(
    home, pets, anna, ben
):
    name = anna.keep(take(pets, home), "Pets", NO_LIMITS)
    anna.share("sets", [name])
    whole = anna.dataset(name, everything=True)
    out = [(whole.items[0].name, whole.items[0].sha256)]
    exclusions.leave_out(whole, out, anna.store.personal)
    assert len(anna.dataset(name).items) == len(whole.items) - 1
    assert len(ben.dataset(name).items) == len(whole.items)
    config = with_setting(TUNED, "data.name", name)
    keys = {}
    for access in (anna, ben):
        asked = Asked(config, access.dataset(name), access.store)
        access.store.create(asked.key, config)
        keys[access.who] = asked.key
    assert len(set(keys.values())) == 2
    for who, key in keys.items():
        found = worker._asked(key, Store(home))
        assert found is not None
        assert len(found.dataset.items) == len(whole.items) - (who == ANNA.id)


def test_limits_on_sets_say_the_limit_and_keep_nothing(home, pets, anna, ben):
    for changed, said in (({"sets": 1}, "At most 1 are allowed.*THAW_SETS"), ({"gb": 1e-6}, "THAW_GB")):
        if "sets" in changed:
            anna.keep(take(pets, home), "Pets", NO_LIMITS)
        with pytest.raises(NotAllowed, match=said):
            anna.keep(take(pets, home), "More", replace(NO_LIMITS, **changed))
    assert len(kept.kept_sets(home)) == 1
    assert ben.keep(take(pets, home), "Pets", replace(NO_LIMITS, sets=1)), "a limit is each person's own"


@pytest.mark.parametrize("value", ["0", "-1", "many", "nan", "inf"])
def test_a_limit_that_is_no_number_above_0_is_named(value):
    with pytest.raises(Exception, match="THAW_SETS is .*Expected a whole number from 1"):
        limits.read(True, {"THAW_SETS": value})


def test_alone_at_ones_own_machine_there_are_no_quotas():
    alone = limits.read(False, {})
    assert alone.sets is alone.gb is alone.waiting is alone.run_minutes is None
    assert alone.megapixels == 50


# Where nobody logs in


def test_without_login_all_see_all(home, pets):
    access = anybody(home)
    key = has_run(access)
    name = access.keep(take(pets, home), "Pets", NO_LIMITS)
    assert name == "Pets"
    assert key in listed(anybody(home))
    access.delete_set("Pets")
    access.delete_runs([key])
    assert listed(access) == []


# What is noted, and what deleting leaves


def actions(home) -> list[dict]:
    return [json.loads(line) for line in (home / FILE).read_text().splitlines()]


def test_what_is_done_is_noted_with_ids_alone(home, pets, anna, teacher):
    key = has_run(anna)
    name = anna.keep(take(pets, home), "Pets", NO_LIMITS)
    teacher.share("sets", [name])
    anna.delete_runs([key])
    noted = [(line["who"], line["what"], line["about"]) for line in actions(home)]
    assert noted == [
        (ANNA.id, "run asked", key), (ANNA.id, "set kept", name), (TEACHER.id, "set shared", name),
        (ANNA.id, "run deleted", key),
    ]  # fmt: skip
    text = (home / FILE).read_text()
    assert "school.example" not in text
    assert "Pets" not in text


def test_alone_nothing_is_noted(home):
    has_run(anybody(home, Mode.OWN))
    assert not (home / FILE).exists()


def test_deleting_a_set_leaves_no_pixel_feature_or_look_of_its_images(home, pets, anna):
    name = anna.keep(take(pets, home), "Pets", NO_LIMITS)
    _use(anna, name)
    assert list((home / "pixels").glob("*.npy"))
    assert list((home / "features").glob("*/*.npy"))
    anna.delete_set(name)
    for folder in ("pixels", "features", "looks", "photos"):
        assert [
            path for path in (home / folder).rglob("*") if path.is_file() and "lock" not in path.name
        ] == []


def _use(access: Access, name: str) -> None:
    """Everything that a store keeps of a set's images: pixels, features, looks, images left out."""
    home, dataset = access.store.home, access.dataset(name, everything=True)
    exclusions.leave_out(dataset, [(dataset.items[0].name, dataset.items[0].sha256)], access.store.personal)
    pixels.load_pixels(dataset, range(len(dataset.items)), 32, home)
    looks.look(dataset, home)
    recipe, bank = Recipe.of(with_setting(TUNED, "data.name", name), 154, "litert"), BankFiles(home)
    path = bank.path(recipe, None, dataset.image_ids)
    rows = np.zeros((len(dataset.items), *recipe.shape), np.float32)
    bank.write(path, dataset.image_ids, recipe.shape, iter([rows]))


def test_a_person_deleted_leaves_no_file_that_names_them_or_holds_a_photo_of_theirs(
    tmp_path, home, anna, ben
):
    folder = build(tmp_path / "Anna secret album", {"zebras": 6, "quaggas": 6})
    name = anna.keep(take(folder, home), "Secret album", NO_LIMITS)
    photos = [path.read_bytes() for path in (kept.folder_of(name, home) / "files").iterdir()]
    anna.share("sets", [name])
    _use(anna, name)
    own, common, bens = has_run(anna), has_run(anna, OTHER), has_run(ben, OTHER)
    on_hers = has_run(ben, with_setting(TUNED, "data.name", name))
    waiting = ask(with_setting(TUNED, "seed", 5), anna.store)
    jobs.enqueue(Store(home), waiting.key, waiting.config, owner=ANNA.id)
    anna.ask(waiting)
    anna.store.pin(own)
    Store(home).append(common, "asked", by=ANNA.id)
    anna.store.open_test(anna.store.load(own).dataset.split_key, tried=2)

    forget_person(home, ANNA.id)

    needles = [ANNA.id, ANNA.name, "Secret album", name, "zebras", "quaggas", own, waiting.key]
    assert not list(home.rglob(f"*{on_hers}*")), "a run on her photos goes, whoever asked for it"
    for path in home.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for needle in needles:
            assert needle.encode() not in content, f"{path}: {needle}"
            assert needle not in str(path.relative_to(home))
        assert not any(photo in content for photo in photos), path
    assert common == bens
    assert ben.store.load(bens).run_key == bens, "what Ben asked for, too, is his still"
    assert Store(home).events(bens), "its log goes on without her line"
    assert ANNA.id not in ownership.people(home)
