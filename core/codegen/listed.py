"""Written code that lists the images of a data set with their classes and splits.

Thaw decides by what lies in the folders (`core.data.layouts`). Written code need not decide again: it is told
which folders are splits and classes here. Where that does not give the very images, as with a table of labels
or renamed classes, the classes are written into the code, by what the files contain.
"""

import base64
import json
import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

from core.codegen.pieces import literal, table, tuple_line
from core.data.exclusions import Image
from core.data.images import SUFFIXES
from core.data.indexes import Dataset
from core.data.names import DIRECTION_MARKS, FILLERS, MAX_PART, hidden_part

PACKED_WIDTH = 100  # of the packed table's lines
DIGITS = 12  # of an image's SHA-256 in hex: enough to tell a billion pairs of images apart
MOST_BROKEN = 100  # pictures that cannot be read and are named in the code

_PLAIN = '''
def spelled(path):
    """A path without what does not count in it."""
    return "/".join(part.strip() for part in path.split("/") if part not in ("", "."))
'''
_SPELLED = f'''
MARKS = {ascii("".join(sorted(DIRECTION_MARKS)))}  # they turn the order of letters around
UNSEEN = {ascii("".join(sorted(FILLERS)))}  # letters of which nothing is drawn


def spelled(path):
    """A path in one spelling, and without what is no writing."""
    try:
        path = path.encode("cp437").decode()  # macOS writes UTF-8 into zips without saying so
    except UnicodeError:
        pass
    *folders, file = [readable(part) for part in path.split("/") if part not in ("", ".")]
    if len(file) > {MAX_PART}:
        stem, dot, ending = file.rpartition(".")
        ending = dot + ending if dot and len(ending) <= 5 else ""
        file = (stem or file)[: {MAX_PART - 1} - len(ending)] + "…" + ending
    return "/".join([*folders, file])


def readable(text):
    """Accents as one character with their letter; no control characters, no bytes of unknown alphabets."""
    text = "".join(
        " " if unicodedata.category(c) in ("Zl", "Zp") else c
        for c in unicodedata.normalize("NFC", text)
        if unicodedata.category(c) not in ("Cc", "Cs") and c not in MARKS
    )
    is_drawn = any(unicodedata.category(c) not in ("Cf", "Mn") and c not in UNSEEN for c in text)
    return text.strip() if is_drawn else ""
'''
_BY_FOLDERS = '''
def listed(place):
    """[(name, SHA-256, class, given split, function that reads it), ...]: a folder a class."""
    images = []
    for path, read in files(place).items():
        name = {name}
        *folders, _ = name.split("/")
{split}        class_name = {class_name}
        if class_name and is_picture(name){unbroken}:
            images.append((name, sha256(read()), class_name, {given}, read))
    return sorted(images, key=lambda image: image[:2])
'''
_SPLIT = """\
        while folders and folders[0] not in SPLITS:
            del folders[0]
        split = SPLITS[folders.pop(0)] if folders else None
"""
_BY_CONTENT = '''
# {{first digits of an image's SHA-256: [[name, class, given split], ...]}}, packed
IMAGES = json.loads(zlib.decompress(base64.b85decode(
{packed}
)))


def listed(place):
    """[(name, SHA-256, class, given split, function that reads it), ...]: known by what the files contain."""
    images, missing = [], dict(IMAGES)
    for read in files(place).values():
        digest = sha256(read())
        for name, class_name, split in missing.pop(digest[:{digits}], ()):
            images.append((name, digest, class_name, split, read))
    return sorted(images, key=lambda image: image[:2])
'''


@dataclass(frozen=True)
class _Rule:
    """How class and split are read off a path: below `top`, the first folder is in `splits` where there are
    any, and the next, or the next of `classes`, is the class. `broken` are pictures that cannot be read."""

    top: str
    splits: dict[str, str]
    classes: tuple[str, ...]
    broken: frozenset[str]

    def read(self, path: str) -> tuple[str, str | None] | None:
        """Class and split of a picture, as the written code finds them; None where it is passed over."""
        name = path.removeprefix(self.top)
        *folders, _ = name.split("/")
        split = None
        if self.splits:
            while folders and folders[0] not in self.splits:
                del folders[0]
            split = self.splits[folders.pop(0)] if folders else None
        class_name = next((one for one in folders if not self.classes or one in self.classes), None)
        is_picture = name.lower().endswith(SUFFIXES) and hidden_part(name) is None
        return (class_name, split) if class_name and is_picture and name not in self.broken else None


def listed(dataset: Dataset, left_out: Collection[Image] = ()) -> str:
    """Defines `listed(place)`; needs `files(place)`, `is_picture(path)` and `sha256(content)`.

    Args:
        left_out: (name, SHA-256) of images that whoever uses the code takes out again by these names.
    """
    rule = _rule(dataset)
    if rule is None:
        return _by_content(dataset)
    names = [dataset.top, *(i.name for i in dataset.items), *(name for name, _ in left_out), *rule.broken]
    odd = any(not name.isascii() for name in names)
    return _by_folders(rule, _SPELLED if odd else _PLAIN)


@lru_cache(maxsize=8)  # a page asks at every press; of 20,000 images it takes a tenth of a second
def _rule(dataset: Dataset) -> _Rule | None:
    return next((rule for rule in _rules(dataset) if _gives(rule, dataset)), None)


def _rules(dataset: Dataset) -> Iterable[_Rule]:
    if dataset.respelled or not all(one.is_placed for one in dataset.passed_over):
        return  # the names that the code would find are others
    broken = [
        one.name.removeprefix(dataset.top)
        for one in dataset.passed_over
        if one.is_unreadable and not one.is_folder
    ]
    splits = {i.name.partition("/")[0]: i.split for i in dataset.items if i.split is not None}
    if len(broken) <= MOST_BROKEN:
        for classes in ((), dataset.classes):
            yield _Rule(dataset.top, splits, classes, frozenset(broken))


def _gives(rule: _Rule, dataset: Dataset) -> bool:
    """Whether a rule gives all images their class and split, and nothing else."""
    if any(rule.read(i.name) != (dataset.classes[i.label], i.split) for i in dataset.items):
        return False
    return all(rule.read(one.name) is None for one in dataset.passed_over)


def _by_folders(rule: _Rule, spelled: str) -> str:
    constants = tuple_line("CLASSES", rule.classes) if rule.classes else ""
    if rule.splits:
        constants += table("SPLITS", {literal(k): literal(v) for k, v in sorted(rule.splits.items())})
    if rule.broken:
        constants += tuple_line("BROKEN", sorted(rule.broken))
    first = "next((folder for folder in folders if folder in CLASSES), None)"
    code = _BY_FOLDERS.format(
        name="spelled(path)" + (f".removeprefix({literal(rule.top)})" if rule.top else ""),
        split=_SPLIT if rule.splits else "",
        class_name=first if rule.classes else "folders[0] if folders else None",
        unbroken=" and name not in BROKEN" if rule.broken else "",
        given="split" if rule.splits else "None",
    )
    return "\n\n".join(part.strip("\n") + "\n" for part in (constants, spelled, code) if part)


@lru_cache(maxsize=8)
def _by_content(dataset: Dataset) -> str:
    images: dict[str, list] = {}
    for item in dataset.items:
        line = [item.name, dataset.classes[item.label], item.split]
        images.setdefault(item.sha256[:DIGITS], []).append(line)
    return _BY_CONTENT.format(packed=packed(images), digits=DIGITS)


def packed(value) -> str:
    """JSON values as lines of literals that `json.loads(zlib.decompress(base64.b85decode(...)))` reads."""
    text = base64.b85encode(zlib.compress(json.dumps(value).encode(), 9)).decode()
    lines = [text[at : at + PACKED_WIDTH] for at in range(0, len(text), PACKED_WIDTH)]
    return "\n".join(f"    {line!r}" for line in lines)
