"""TensorFlow is configured once, before the first test that computes with it, as the worker does.

On one thread, as small images are trained; where all cores are needed, a test starts a process of its own.
"""

import os
from pathlib import Path

import pytest

from tests import engines
from tests.photos import PETS, build

DATA_FOLDERS = os.environ.get("THAW_DATA", "")  # as the tests were started; every test runs without it


@pytest.fixture(scope="session")
def tensorflow_configured(tmp_path_factory):
    from core.method import device

    device.configure(1)
    with engines.once(engines.folder(tmp_path_factory)):
        yield


@pytest.fixture(autouse=True)
def configured_where_needed(request):
    if request.node.get_closest_marker("tensorflow"):
        request.getfixturevalue("tensorflow_configured")


@pytest.fixture
def home(tmp_path):
    """Where data sets are kept."""
    return tmp_path / "home"


@pytest.fixture
def pets(tmp_path):
    """A folder of eight cats and nine dogs, noise all of them."""
    return build(tmp_path / "pets", PETS)


@pytest.fixture
def real_data(monkeypatch):
    """`real_data(name)`: the path of a file in the folders of THAW_DATA, which the test then sees; skips the
    test where there is none."""

    def find(name: str) -> Path:
        for folder in DATA_FOLDERS.split(os.pathsep):
            if folder and (Path(folder) / name).exists():
                monkeypatch.setenv("THAW_DATA", DATA_FOLDERS)
                return Path(folder) / name
        return pytest.skip(f"{name} is not in a folder of THAW_DATA")

    return find
