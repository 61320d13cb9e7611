"""Folders that people have, by how they are laid out: splits, copies, classes, spellings."""

from collections.abc import Iterator

import numpy as np
from PIL import Image

from tests.cases import PETS, SPLIT, Asked, Case, Refused, counts, fill, nfd, picture, read
from tests.photos import encoded, photo

HOLD_SAME = "hold folders of the same names"


def _as(names: dict[str, str], text: str = SPLIT) -> dict[str, bytes]:
    """The files of `text` in folders of other names."""
    return {
        "/".join([names.get(first, first), rest]): content
        for path, content in fill(text).items()
        for first, _, rest in [path.partition("/")]
    }


def _clear(at: int) -> bytes:
    rgba = np.asarray(photo(at, (9, 7)).convert("RGBA")).copy()
    rgba[:, 4:] = 0
    return encoded(Image.fromarray(rgba))


def _splits() -> Iterator[tuple[str, Case]]:
    for title, names in {
        "training_set and test_set": {"train": "training_set", "test": "test_set"},
        "Training Data and Testing Data": {"train": "Training Data", "test": "Testing Data"},
        "TRAIN and TEST": {"train": "TRAIN", "test": "TEST"},
        "trainset and testset": {"train": "trainset", "test": "testset"},
        "pets-train and pets-test": {"train": "pets-train", "test": "pets-test"},
        "train.images and test.images": {"train": "train.images", "test": "test.images"},
        "1_train and 2_test": {"train": "1_train", "test": "2_test"},
        "TrainImages and TestImages": {"train": "TrainImages", "test": "TestImages"},
    }.items():
        yield title, Case(read(SPLIT), _as(names))
    three = f"{SPLIT}, validation/cats 3, validation/dogs 3"
    yield (
        "train, val and test below a wrapper",
        Case(read(three), {f"chest_xray/{path}": c for path, c in _as({"validation": "val"}, three).items()}),
    )
    yield (
        "seg_train in seg_train beside seg_pred",
        Case(
            read(SPLIT, {"in seg_pred, beside seg_test and seg_train": 4}),
            _as({"train": "seg_train/seg_train", "test": "seg_test/seg_test"})
            | fill("seg_pred/seg_pred 4", ".jpg", "JPEG"),
        ),
    )
    yield "a single_prediction beside the sets", Case(
        read(SPLIT, {"in single_prediction, beside test_set and training_set": 2}),
        {f"dataset/{path}": c for path, c in _as({"train": "training_set", "test": "test_set"}).items()}
        | fill("dataset/single_prediction 2"),
    )  # fmt: skip
    yield (
        "a flat test in its like beside train in its like",
        Case(
            read("train/A 6, train/B 6", {"in asl_alphabet_test, beside asl_alphabet_train": 2}),
            fill("asl_alphabet_train/asl_alphabet_train/A 6, asl_alphabet_train/asl_alphabet_train/B 6")
            | fill("asl_alphabet_test/asl_alphabet_test 2"),
        ),
    )
    yield (
        "a divided set in its like beside a flat test",
        Case(
            read(
                "train/rust 6, train/blight 6, validation/rust 3, validation/blight 3",
                {"in test, beside Diseases (Augmented)": 2},
            ),
            {
                f"Diseases (Augmented)/Diseases (Augmented)/{path}": c
                for path, c in fill("train/rust 6, train/blight 6, valid/rust 3, valid/blight 3").items()
            }
            | fill("test/test 2"),
        ),
    )
    yield (
        "a divided set that holds itself",
        Case(
            Asked("named like those beside it", {"splits": counts(SPLIT)}),
            fill(SPLIT) | {f"chest_xray/{path}": c for path, c in fill(SPLIT).items()},
        ),
    )
    yield "train alone", Case(read("train/cats 6, train/dogs 6"), fill("train/cats 6, train/dogs 6"))
    yield (
        "a test without a class",
        Case(Refused("test has no images of dogs"), fill("train/cats 6, train/dogs 6, test/cats 3")),
    )
    yield (
        "parts of one set",
        Case(
            Asked(HOLD_SAME, {"classes": counts("2019 6, 2020 6"), "splits": counts("cats 6, dogs 6")}),
            fill("2019/cats 3, 2019/dogs 3, 2020/cats 3, 2020/dogs 3"),
        ),
    )
    scales = "benign/40X 3, benign/100X 3, malignant/40X 3, malignant/100X 3"
    yield (
        "scales below the classes",
        Case(
            Asked(HOLD_SAME, {"classes": counts("benign 6, malignant 6"), "splits": counts("40X 6, 100X 6")}),
            fill(scales),
        ),
    )
    yield (
        "pictures and masks below the classes",
        Case(
            Asked(HOLD_SAME, {"classes": counts("COVID 6, Normal 6"), "splits": counts("images 6, masks 6")}),
            fill("COVID/images 3, COVID/masks 3, Normal/images 3, Normal/masks 3"),
        ),
    )
    yield "one set in three colours", Case(
        Asked(HOLD_SAME, {"classes": counts("color 6, grayscale 6, segmented 6"),
                          "splits": counts("rust 9, blight 9")}),
        fill(", ".join(f"{way}/{name} 3" for way in ("color", "grayscale", "segmented")
                       for name in ("rust", "blight"))),
    )  # fmt: skip


def _copies() -> Iterator[tuple[str, Case]]:
    asked = Asked("named like those beside it", {"classes": counts("infected 6, healthy 6")})
    cells = fill("infected 6, healthy 6")
    yield "a copy inside", Case(asked, cells | {f"02-copy-inside/{p}": c for p, c in cells.items()})
    yield (
        "a copy inside a wrapper",
        Case(
            asked,
            {f"{top}/{path}": c for top in ("cells", "cells/cells") for path, c in cells.items()},
        ),
    )
    yield (
        "a test beside the classes",
        Case(
            Asked(
                "named like those beside it",
                {"splits": counts(SPLIT), "classes": counts(PETS)},
            ),
            fill(PETS) | fill("test/cats 3, test/dogs 3"),
        ),
    )
    yield (
        "a backup of one class in another",
        Case(
            Asked("named like those beside it", {"classes": counts("cats 6, dogs 6")}),
            fill(PETS) | fill("old/cats 2, old/dogs 1"),
        ),
    )


def _classes() -> Iterator[tuple[str, Case]]:
    yield "a class called train", Case(read("car 6, plane 6, train 6"), fill("car 6, plane 6, train 6"))
    yield "a class called test", Case(read("pcr 6, antigen 6, test 6"), fill("pcr 6, antigen 6, test 6"))
    yield (
        "classes called train and bus, divided",
        Case(
            read("train/bus 6, train/train 6, test/bus 3, test/train 3"),
            fill("train/bus 6, train/train 6, test/bus 3, test/train 3"),
        ),
    )
    yield (
        "a class called validation stamp",
        Case(read("postmark 6, validation stamp 6"), fill("postmark 6, validation stamp 6")),
    )
    yield (
        "train and test of loose pictures",
        Case(
            Asked("hold images but no class folders", {"classes": counts("train 6, test1 6")}),
            fill("train 6, test1 6"),
        ),
    )
    yield (
        "breeds below the class",
        Case(
            read(PETS),
            fill("cats/persian 3, cats/siamese 3, dogs/beagle 3, dogs/boxer 3"),
        ),
    )
    yield "a class with its pictures one deeper", Case(read(PETS), fill("cats 6, dogs/images 6"))
    yield "classes by number", Case(read("0 6, 1 6, 10 6"), fill("0 6, 1 6, 10 6"))
    yield (
        "long names",
        Case(
            read("a 6, b 6"),
            {f"{name}/{'a-long-name-' * 9}{n:02d}.png": picture() for name in "ab" for n in range(6)},
        ),
    )
    yield (
        "clear pictures",
        Case(read("a 6, b 6"), {f"{'ab'[at % 2]}/{at}.png": _clear(at) for at in range(12)}),
    )
    yield "one class", Case(Refused("There is only one class, 'cats'"), fill("cats 6"))
    yield "no class folder", Case(Refused("no class folders"), fill(" 6"))
    yield "no picture", Case(Refused("There are no images"), {"a/x.txt": b"text", "b/y.txt": b"text"})
    yield (
        "classes in capitals in one split alone",
        Case(
            Refused("test has no images of Cats"),
            fill("train/Cats 3, train/dogs 3, test/cats 3, test/dogs 3"),
        ),
    )


def _spellings() -> Iterator[tuple[str, Case]]:
    accents = "train/café 6, train/thé 6, test/café 3, test/thé 3"
    names = {f"train/{nfd('café')}": 6, "train/thé": 6, "test/café": 3, f"test/{nfd('thé')}": 3}
    yield (
        "accents in two spellings",
        Case(
            read(accents),
            {f"{folder}/{n}.png": picture() for folder, number in names.items() for n in range(number)},
        ),
    )
    names = {"train/cats": 6, "train/dogs ": 6, "test/ cats": 3, "test/dogs": 3}
    yield (
        "spaces around a class",
        Case(
            read(SPLIT),
            {f"{folder}/{n}.png": picture() for folder, number in names.items() for n in range(number)},
        ),
    )
    yield (
        "one class in two spellings",
        Case(
            read("café 6, thé 6"),
            {f"{nfd('café') if n % 2 else 'café'}/{n}.png": picture() for n in range(6)} | fill("thé 6"),
        ),
    )
    yield (
        "two files of one name",
        Case(
            read(PETS),
            fill("cats 4, dogs 6") | {"cats/é.png": picture(), f"cats/{nfd('é')}.png": picture()},
        ),
    )
    yield "names of every script", Case(read("猫 6, кошки 6, قطط 6"), fill("猫 6, кошки 6, قطط 6"))
    yield (
        "marks in names",
        Case(
            read('<b> 6, *a* [x](y) 6, it\'s "so" {0} %s 6'),
            fill('<b> 6, *a* [x](y) 6, it\'s "so" {0} %s 6'),
        ),
    )


LAID_OUT: dict[str, Case] = {
    name: case for kind in (_splits, _copies, _classes, _spellings) for name, case in kind()
}
