"""The ways in which a tree of folders can be read as classes and splits, and which of them fit."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from core.data.trees import Tree
from core.errors import DatasetError
from core.wording import words

SPLITS = ("train", "validation", "test")
BESIDE = "beside the class folders"
_ROLES = {
    "train": "train", "training": "train", "trn": "train",
    "validation": "validation", "validate": "validation", "valid": "validation", "val": "validation",
    "dev": "validation", "eval": "validation", "evaluation": "validation",
    "test": "test", "testing": "test", "tst": "test", "holdout": "test",
}  # fmt: skip
_FILLING = {
    "", "s", "set", "sets", "data", "dataset", "images", "image", "imgs", "img", "photos", "pictures", "pics",
    "files", "folder", "samples", "split", "part",
}  # fmt: skip
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_a-zA-Z]+")
_EXPECTED = "Expected one subfolder a class, with or without train, validation and test above them."


@dataclass(frozen=True)
class Placed:
    """One image: its position among the paths, its name below the top folder, its class and given split."""

    position: int
    name: str
    class_name: str
    split: str | None


@dataclass(frozen=True)
class Reading:
    """One way to read a folder.

    Attributes:
        kind: A key of LAYOUTS.
        top: The folders that only wrap others, with a slash at the end; empty where there are none.
        levels: Folders in which class folders stand, as `top` is written.
        placed: In the order of names.
        left: Of images that have no class: position among the paths, and why.
    """

    kind: str
    top: str
    levels: frozenset[str]
    placed: tuple[Placed, ...]
    left: tuple[tuple[int, str], ...]

    def said(self) -> str:
        """Its classes and parts with their counts: `2 classes: cats 24, dogs 24 · train 36, test 12`."""
        parts = [counted_classes(image.class_name for image in self.placed)]
        found = [image.split for image in self.placed]
        given = [f"{split} {found.count(split):,}" for split in SPLITS if split in found]
        if given:
            parts.append(", ".join(given))
        if self.left:
            reasons = Counter(why for _, why in self.left)
            said = ", ".join(f"{count:,} {why}" for why, count in reasons.most_common())
            parts.append(f"{len(self.left):,} passed over: {said}")
        return " · ".join(parts)


def counted_classes(names: Iterable[str], most: int = 12) -> str:
    """`2 classes: cats 80, dogs 80`, and beyond so many classes the first of them."""
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    said = [f"{name} {counts[name]:,}" for name in sorted(counts)]
    more = f" and {len(said) - most:,} more" if len(said) > most else ""
    return f"{len(said):,} class{'es' * (len(said) != 1)}: {', '.join(said[:most])}{more}"


def role_of(folder: str) -> str | None:
    """The split that a folder's name speaks of, such as `train` for `Training_Set 2`; None where it speaks
    of none or of several."""
    found = {_role_of_word(word.lower()) for word in _WORDS.findall(folder)} - {None}
    return found.pop() if len(found) == 1 else None


def _role_of_word(word: str) -> str | None:
    fits = (stem for stem in _ROLES if word.startswith(stem) and word[len(stem) :] in _FILLING)
    stem = max(fits, key=len, default=None)
    return _ROLES[stem] if stem else None


def readings(tree: Tree, top: str, names: list[str]) -> tuple[str, list[Reading]]:
    """What to ask of the folders `names` in `top`, empty where nothing is to be asked, and the readings that
    fit."""
    inner = {name: tree.classes(f"{top}{name}/") for name in names}
    nested = [name for name in names if len(inner[name]) > 1]
    roles = {name: role for name in names if (role := role_of(name))}
    as_classes = _as_classes(tree, top, names)
    copies = [
        name for name in names if _holds_siblings({*tree.folders(f"{top}{name}/"), *inner[name]}, name, names)
    ]
    if copies and len(names) - len(copies) > 1:
        return _beside_their_like(tree, top, names, copies, roles)
    if len(names) > 1 and len(nested) == 1 and _is_divided(tree, f"{top}{nested[0]}/"):
        return _beside_no_class(tree, top, names, nested[0])
    known = {class_name for name in nested if name in roles for class_name in inner[name]}
    given = {
        name: role for name, role in roles.items()
        if name in nested or known & set(tree.folders(tree.within(f"{top}{name}/", known)))
    }  # fmt: skip
    others = [name for name in names if name not in roles]
    if "train" in given.values() and (not others or _alike(inner, list(given))):
        as_splits = _as_splits(tree, top, names, given)
        unplaced = [name for name in nested if name not in given]
        if unplaced:
            happened = f"{words.listed(unplaced)} stands beside {words.listed(given)}, with classes in it."
            return happened, [as_splits, as_classes]
        return "", [as_splits]
    if _alike(inner, nested):
        if given and not others:
            raise refusal(f"There is {words.listed(given)} but no train folder.")
        happened = f"{words.listed(nested)} hold folders of the same names."
        return happened, [as_classes, _as_splits(tree, top, names, dict.fromkeys(nested))]
    if given and others:
        happened = f"{words.listed(given)} may be a class or a part: {words.listed(others)} stands beside it."
        fits = "train" in given.values()
        return happened, [as_classes, *([_as_splits(tree, top, names, given)] if fits else [])]
    if len(names) > 1 and not others and len(set(roles.values())) > 1:
        return f"{words.listed(names)} hold images but no class folders.", [as_classes]
    return "", [as_classes]


def _holds_siblings(inside: set[str], name: str, names: list[str]) -> bool:
    """Whether a folder holds subfolders that are named like the folders beside it."""
    beside = set(names) - {name}
    return len(inside & beside) > 1 or (bool(inside) and inside <= beside)


def _alike(inner: dict[str, list[str]], names: list[str]) -> bool:
    """Whether several folders hold subfolders of the same names, most of them at least."""
    sets = [set(inner[name]) for name in names]
    if len(sets) < 2:
        return False
    shared, every = set.intersection(*sets), set.union(*sets)
    if 2 * len(shared) >= len(every) and len(shared) > 1:
        return True
    return any(len(a & b) > 1 and 2 * len(a & b) >= len(a | b) for a, b in combinations(sets, 2))


def _is_divided(tree: Tree, folder: str) -> bool:
    """Whether a folder holds a set that is divided: train beside another part, with classes in both."""
    within = tree.within(folder)
    parts = {role_of(name) for name in tree.folders(within) if len(tree.classes(f"{within}{name}/")) > 1}
    return "train" in parts and len(parts - {None}) > 1


def _beside_no_class(tree: Tree, top: str, names: list[str], name: str) -> tuple[str, list[Reading]]:
    """The readings of a divided set; folders beside it, in which there are no classes, are none."""
    inside = tree.within(f"{top}{name}/")
    asked, found = readings(tree, inside, tree.folders(inside))
    left = [(p, f"in {other}, beside {name}") for other in names if other != name
             for p in tree.images(f"{top}{other}/")]  # fmt: skip
    return asked, [replace(one, left=(*one.left, *left)) for one in found]


def _beside_their_like(tree: Tree, top: str, names, copies, roles) -> tuple[str, list[Reading]]:
    """Folders that hold what lies beside them, such as a copy or a test set, are no classes."""
    beside = [name for name in names if name not in copies]
    left = [(p, f"in {name}, a copy or a part") for name in copies for p in tree.images(f"{top}{name}/")]
    _, rest = readings(tree, top, beside)
    found = [replace(one, left=(*one.left, *left)) for one in rest]
    kinds = [one.kind for one in found]
    if kinds == ["classes"] and all(roles.get(name) not in (None, "train") for name in copies):
        inside = _as_splits(tree, top, copies, {name: roles[name] for name in copies})
        train = [replace(image, split="train") for image in rest[0].placed]
        levels = inside.levels | {top}
        found.insert(0, _in_order("splits", top, levels, [*inside.placed, *train], inside.left))
    return f"The folders in {words.listed(copies)} are named like those beside it.", found


def _as_classes(tree: Tree, top: str, names: Iterable[str]) -> Reading:
    """Every folder of `names` a class."""
    placed = [image for name in names for image in _class(tree, top, f"{top}{name}/", name, None)]
    return _in_order("classes", top, frozenset({top}), placed, ())


def _as_splits(tree: Tree, top: str, names: Iterable[str], given: Mapping[str, str | None]) -> Reading:
    """The folders of `given` are splits (parts of one set where they are None), their subfolders classes; the
    others of `names` are passed over."""
    unused = []
    for name in names:
        if name not in given:
            unused += [(p, f"in {name}, beside {words.listed(given)}") for p in tree.images(f"{top}{name}/")]
    known = {class_name for name in given for class_name in tree.classes(f"{top}{name}/")}
    bases = {name: tree.within(f"{top}{name}/", known) for name in given}
    placed = []
    for name, within in bases.items():
        unused += [(p, f"in {name}, in no class folder") for p in tree.loose(within)]
        for inside in tree.folders(within):
            placed += _class(tree, top, f"{within}{inside}/", inside, given[name])
    return _in_order("splits", top, frozenset(bases.values()), placed, unused)


def _in_order(kind: str, top: str, levels: frozenset[str], placed, left) -> Reading:
    return Reading(kind, top, levels, tuple(sorted(placed, key=lambda image: image.name)), tuple(left))


def _class(tree: Tree, top: str, folder: str, name: str, split: str | None) -> Iterator[Placed]:
    for position in tree.images(folder):
        yield Placed(position, tree.paths[position][len(top) :], name, split)


def refusal(happened: str, fix: str = "") -> DatasetError:
    """Why a folder is no data set."""
    return DatasetError(happened, _EXPECTED, fix, field="data.name")
