"""TensorFlow is configured once, before the first test that computes with it, as the worker does."""

import contextlib
import os
import tempfile
from pathlib import Path

import pytest

from core.keys import is_key
from tests.photos import PETS, build

DATA_FOLDERS = os.environ.get("THAW_DATA", "")  # as the tests were started; every test runs without it


@pytest.fixture(scope="session")
def tensorflow_configured(tmp_path_factory):
    from core.method import device

    device.configure()
    base = tmp_path_factory.getbasetemp()
    with converted_once((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "engines"):
        yield


@contextlib.contextmanager
def converted_once(folder: Path):
    """What LiteRT converts depends on its key alone, which names the file: the stores of all tests share it.

    Each conversion takes seconds, and every test has a store of its own.
    """
    from core.method import engine

    build = engine.build
    folder.mkdir(exist_ok=True)

    def build_from_shared(name, frozen, scaling, converted):
        if converted is None or not is_key(converted.stem):
            return build(name, frozen, scaling, converted)
        shared = folder / converted.name
        copy_if_missing(shared, converted)
        forward = build(name, frozen, scaling, converted)
        copy_if_missing(converted, shared)
        return forward

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "build", build_from_shared)
        yield


def copy_if_missing(source: Path, target: Path) -> None:
    """Aside and renamed: another worker of the test run may read it."""
    with contextlib.suppress(OSError):  # a test may have put something in the way
        if source.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as aside:
                aside.write(source.read_bytes())
            os.replace(aside.name, target)


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
