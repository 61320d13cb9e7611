"""No message to those who use a shared Thaw says where something lies on the server."""

import pytest

from core.people.hiding import without_places


@pytest.mark.parametrize(("said", "shown"), [
    ("/srv/thaw/runs/run-v1-00/arrays.npz could not be written: No space left.",
     "arrays.npz could not be written: No space left."),
    ("[Errno 2] No such file: '/opt/a b/c.png'", "[Errno 2] No such file: 'a b/c.png'"),
    ("An unexpected OSError: '/var/lib/thaw/x.npy'.", "An unexpected OSError: 'x.npy'."),
    (r"C:\Users\anna\thaw\metrics.json is damaged.", "metrics.json is damaged."),
    ("~/photos/pets is no folder.", "pets is no folder."),
    ("train/validation/test and 1/2, and/or https://keras.io/api/optimizers/adam stay.",
     "train/validation/test and 1/2, and/or https://keras.io/api/optimizers/adam stay."),
])  # fmt: skip
def test_of_a_path_the_last_name_is_left_and_what_only_looks_like_one_stays(said, shown):
    assert without_places(said) == shown


def test_the_folders_of_this_thaw_are_known_whatever_is_in_their_names(tmp_path, monkeypatch):
    home, data = tmp_path / "my home, really", tmp_path / "all data"
    monkeypatch.setenv("THAW_HOME", str(home))
    monkeypatch.setenv("THAW_DATA", str(data))
    said = f"{home}/runs/a.json is damaged, and {data}/zoo.zip is no zip."
    assert without_places(said) == "runs/a.json is damaged, and zoo.zip is no zip."


def test_a_home_that_is_none_hides_no_less(monkeypatch):
    monkeypatch.setenv("THAW_HOME", "https://elsewhere/x")
    assert without_places("/srv/thaw/x.json") == "x.json"
