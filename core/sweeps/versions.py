"""Of which Thaw, Python and packages a worker is, as labels that Dask carries for it.

Dask calls them resources. A task that asks for all labels of the client goes to no worker that lacks one, nor
to one that joins later; and a label is there once, so that a worker trains one run at a time.
"""

import importlib.metadata
import sys
from collections.abc import Mapping

from core import __version__
from core.method import device
from core.method.weights import SHA256

PREFIX = "thaw: "
WEIGHTS = "the pretrained weights"


def here() -> dict[str, str]:
    """Name -> version of what decides numbers and of what carries them, in this process."""
    packages = {name: version or "none" for name, version in device.versions().items()}
    return {
        "Thaw": __version__,
        "Python": f"{sys.version_info.major}.{sys.version_info.minor}",
        **packages,
        "distributed": importlib.metadata.version("distributed"),
        WEIGHTS: f"SHA-256 {SHA256[:16]}",
    }


def labels(versions: Mapping[str, str]) -> dict[str, int]:
    """How a worker says so: label -> 1."""
    return {f"{PREFIX}{name} {version}": 1 for name, version in versions.items()}


def read(resources: Mapping[str, float]) -> dict[str, str]:
    """What a worker said; empty where it is none of Thaw's."""
    said = (label.removeprefix(PREFIX) for label in resources if label.startswith(PREFIX))
    found = {}
    for text in said:
        name = WEIGHTS if text.startswith(WEIGHTS) else text.partition(" ")[0]
        found[name] = text.removeprefix(name).strip()
    return found
