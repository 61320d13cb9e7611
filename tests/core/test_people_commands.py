"""`people` and `forget`: what whoever serves a class does in a terminal."""

import json

from core import ownership
from core.__main__ import main
from core.data import kept, listers
from core.intake.taking_in import take_in
from core.limits import PersonLimits
from tests.people import ANNA, BEN, access_of


def test_who_has_come_is_listed_with_what_they_keep(home, pets, capsys, monkeypatch):
    monkeypatch.setenv("THAW_HOME", str(home))
    assert main(["people"]) == 0
    assert capsys.readouterr().out == "Nobody has logged in.\n"
    access_of(ANNA, home).keep(take_in(listers.of_folder(pets), home), "Pets", PersonLimits(50, 1))
    access_of(BEN, home)
    assert main(["people", "--json"]) == 0
    anna, ben = json.loads(capsys.readouterr().out)["people"]
    assert (anna["name"], anna["sets"], ben["name"], ben["sets"]) == (ANNA.name, 1, BEN.name, 0)
    assert anna["photo_bytes"] > 0
    assert main(["people"]) == 0
    assert f"{ANNA.name}  " in capsys.readouterr().out


def test_a_person_is_forgotten_by_their_address_and_a_stranger_is_named(home, pets, capsys, monkeypatch):
    monkeypatch.setenv("THAW_HOME", str(home))
    access_of(ANNA, home).keep(take_in(listers.of_folder(pets), home), "Pets", PersonLimits(50, 1))
    assert main(["forget", "carla@school.example"]) == 2
    told = capsys.readouterr().err
    assert "Nobody called 'carla@school.example' has logged in here" in told
    assert ANNA.name in told
    assert main(["forget", ANNA.name.upper()]) == 0
    assert not kept.kept_sets(home)
    assert not ownership.people(home)
