"""What a person wrote on Lab questions is kept whole, is their own, has bounds, and goes with their data."""

import pytest

from core import damage, ownership
from core.files import write_json
from core.lab import own_words
from core.lab.own_words import MOST_LETTERS, MOST_NAME, OwnAnswer
from core.people import forgetting
from core.person import Person

ANNA, BEN = "person-v1-000000000000000a", "session-v1-000000000000000b"
RUN = "run-v1-0000000000000001"


def test_each_thing_written_is_there_again_and_leaves_the_others(tmp_path):
    own_words.write(tmp_path, ANNA, 2, "It learns on.\nSlowly: \u00e9\U0001f9ca")
    own_words.quote(tmp_path, ANNA, 2, True)
    own_words.choose_run(tmp_path, ANNA, 2, "digits", RUN)
    own_words.sign(tmp_path, ANNA, " Anna ")
    own_words.write(tmp_path, ANNA, 8, "Pooling")
    found = own_words.read(tmp_path, ANNA)
    assert found.name == "Anna"
    assert found.to(2) == OwnAnswer("It learns on.\nSlowly: \u00e9\U0001f9ca", True, {"digits": RUN})
    assert found.to(8).words == "Pooling"
    assert found.to(3) == OwnAnswer()


def test_nobody_reads_the_words_of_another(tmp_path):
    own_words.write(tmp_path, ANNA, 1, "mine")
    assert own_words.read(tmp_path, BEN).answers == {}
    own_words.write(tmp_path, BEN, 1, "and mine")
    assert own_words.read(tmp_path, ANNA).to(1).words == "mine"


def test_what_is_too_long_is_cut_and_what_cannot_be_written_down_is_left_out(tmp_path):
    own_words.write(tmp_path, ANNA, 1, "x" * (MOST_LETTERS + 9))
    own_words.sign(tmp_path, ANNA, "y" * 500)
    own_words.write(tmp_path, ANNA, 3, "a\ud800b\x00c\x1bd")
    for number in range(40):
        own_words.choose_run(tmp_path, ANNA, 1, f"set {number}", RUN)
    found = own_words.read(tmp_path, ANNA)
    assert (len(found.to(1).words), len(found.name)) == (MOST_LETTERS, MOST_NAME)
    assert found.to(3).words == "abcd"
    assert len(found.to(1).runs) == own_words.MOST_DATA_SETS
    assert "set 39" in found.to(1).runs


@pytest.mark.parametrize(
    "plain", [{"answers": {"2": 7, "x": {}, "3": {"words": 5, "runs": {"d": "../up"}}}}, {"answers": []}]
)
def test_a_foreign_record_harms_nothing(tmp_path, plain):
    write_json(ownership.folder(tmp_path, ANNA) / own_words.FILE, plain)
    assert own_words.read(tmp_path, ANNA).to(3) == OwnAnswer()


def test_a_damaged_file_is_set_aside_and_not_written_over(tmp_path):
    own_words.write(tmp_path, ANNA, 1, "much work")
    path = ownership.folder(tmp_path, ANNA) / own_words.FILE
    path.write_bytes(path.read_bytes().replace(b"much", b"such"))
    own_words.write(tmp_path, ANNA, 2, "new")
    assert own_words.read(tmp_path, ANNA).to(2).words == "new"
    (aside,) = damage.found(tmp_path)
    assert b"such work" in aside.kept.read_bytes()


def test_words_are_deleted_with_a_persons_data(tmp_path):
    ownership.enter(tmp_path, Person(ANNA, "anna@school"))
    own_words.write(tmp_path, ANNA, 1, "a secret")
    own_words.write(tmp_path, BEN, 1, "another's")
    forgetting.forget_person(tmp_path, ANNA)
    assert not any(b"a secret" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert own_words.read(tmp_path, BEN).to(1).words == "another's"
    assert own_words.forget(tmp_path, BEN)
    assert own_words.read(tmp_path, BEN).answers == {}
