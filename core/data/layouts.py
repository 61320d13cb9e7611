"""Which image belongs to which class and split, read off the paths in a folder or zip.

    cats/..., dogs/...                            one subfolder a class
    train/cats/..., train/dogs/..., test/cats...  the same below train, validation (val, valid) and test

Either may stand inside one top folder. Hidden files, `__MACOSX` and what is no picture are passed over.
Only paths are looked at, so this file needs no disk.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from core.data.images import SUFFIXES
from core.errors import DatasetError

SPLITS = ("train", "validation", "test")
SPLIT_NAMES = {
    "train": "train", "training": "train",
    "validation": "validation", "val": "validation", "valid": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip
_EXPECTED = "Expected one subfolder a class, with or without train, validation and test above them."


@dataclass(frozen=True)
class Placed:
    """One image: its path as listed, its name below the top folder, its class and given split."""

    path: str
    name: str
    class_name: str
    split: str | None


def is_hidden(path: str) -> bool:
    """Whether any part of a path is hidden or is macOS's shadow of the files in a zip."""
    return any(part.startswith(".") or part == "__MACOSX" for part in path.split("/"))


def is_image(path: str) -> bool:
    return path.lower().endswith(SUFFIXES)


def arrange(files: Iterable[str], folders: Iterable[str] = ()) -> list[Placed]:
    """Place every image, in the order of names.

    Args:
        files: Paths below the folder or in the zip, parts separated by `/`.
        folders: Paths of folders, so that an empty class is seen; those of `files` are known anyway.

    Raises:
        DatasetError: no images, no or one class, an empty class, a class missing from a split, images
            outside the classes.
    """
    tree = _Tree(files, folders)
    top = _top(tree)
    given = {name: SPLIT_NAMES[name.lower()] for name in tree.folders(top) if name.lower() in SPLIT_NAMES}
    if not tree.images(top):
        raise _refusal("There are no images.", fix="Pictures are JPEG, PNG, BMP, GIF, WebP or TIFF files.")
    if "train" in given.values():
        placed = _with_splits(tree, top, given)
    elif given and len(given) == len(tree.folders(top)) and all(tree.folders(f"{top}{s}/") for s in given):
        raise _refusal(f"There is {_listed(given)} but no train folder.")
    else:
        placed = _classes_below(tree, top, top, None)
    classes = sorted({image.class_name for image in placed})
    if len(classes) < 2:
        raise _refusal(
            f"There is only one class, {classes[0]!r}."
            if classes
            else "There are images but no class folders.",
            fix="Put the images of each class into a folder of its own.",
        )
    for split in {image.split for image in placed}:
        found = {image.class_name for image in placed if image.split == split}
        if missing := [name for name in classes if name not in found]:
            raise _refusal(f"{split} has no images of {_listed(missing)}, which another split has.")
    return sorted(placed, key=lambda image: image.name)


class _Tree:
    """The visible part of a listing. Folder paths end in `/`; the outermost is the empty text."""

    def __init__(self, files: Iterable[str], folders: Iterable[str]):
        self._children: dict[str, set[str]] = {}
        self._images: dict[str, list[str]] = {}  # every image, under each folder above it
        for folder in folders:
            if not is_hidden(folder.strip("/")):
                self._add_folder(folder.strip("/"))
        for path in files:
            if is_hidden(path):
                continue
            folder = path.rpartition("/")[0]
            self._add_folder(folder)
            if is_image(path):
                for above in self._above(folder):
                    self._images.setdefault(above, []).append(path)

    @staticmethod
    def _above(folder: str) -> list[str]:
        parts = folder.split("/") if folder else []
        return ["".join(f"{part}/" for part in parts[:depth]) for depth in range(len(parts) + 1)]

    def _add_folder(self, folder: str) -> None:
        chain = self._above(folder)
        for parent, child in zip(chain, chain[1:], strict=False):
            self._children.setdefault(parent, set()).add(child[len(parent) : -1])

    def folders(self, folder: str) -> list[str]:
        return sorted(self._children.get(folder, ()))

    def images(self, folder: str) -> list[str]:
        """Those in it and in every folder below."""
        return self._images.get(folder, [])

    def loose(self, folder: str) -> list[str]:
        """Images lying directly in it."""
        return [path for path in self.images(folder) if "/" not in path[len(folder) :]]


def _top(tree: _Tree) -> str:
    """The folder to start from: a single folder that only wraps others is stepped into."""
    top = ""
    while len(inside := tree.folders(top)) == 1 and not tree.loose(top):
        below = f"{top}{inside[0]}/"
        if inside[0].lower() in SPLIT_NAMES or not tree.folders(below) or tree.loose(below):
            break
        top = below
    return top


def _with_splits(tree: _Tree, top: str, given: dict[str, str]) -> list[Placed]:
    beside = [name for name in tree.folders(top) if name not in given and tree.images(f"{top}{name}/")]
    if beside:
        raise _refusal(f"{_listed(beside)} stands beside train.", fix="Move it away.")
    placed = []
    for folder, split in given.items():
        if loose := tree.loose(f"{top}{folder}/"):
            raise _refusal(f"{loose[0]} lies in {folder} and in no class folder.")
        placed += _classes_below(tree, top, f"{top}{folder}/", split)
    return placed


def _classes_below(tree: _Tree, top: str, above: str, split: str | None) -> list[Placed]:
    placed = []
    for class_name in tree.folders(above):
        images = tree.images(f"{above}{class_name}/")
        if not images:
            raise _refusal(
                f"The class folder {above[len(top) :]}{class_name} holds no images.",
                fix="Fill it or remove it.",
            )
        placed += [Placed(path, path[len(top) :], class_name, split) for path in images]
    return placed


def _listed(names) -> str:
    return " and ".join(names)


def _refusal(happened: str, fix: str = "") -> DatasetError:
    return DatasetError(happened, _EXPECTED, fix, field="data.name")
