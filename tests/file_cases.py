"""Folders that people have, by what lies in them: files of every kind, wrappers, tables, boxes, links."""

import json
from collections.abc import Iterator

import numpy as np
from PIL import Image

from core.data.listing import HIDDEN, NO_PICTURE
from tests.cases import BESIDE, BROKEN, PETS, Asked, Case, Refused, counts, fill, picture, read, table
from tests.photos import encoded


def _grey16(low: int, high: int) -> dict[str, bytes]:
    found = {}
    for at, name in enumerate(["a"] * 6 + ["b"] * 6):
        values = np.random.default_rng([low, at]).integers(low, high + 1, (9, 7)).astype(np.uint16)
        values.flat[:2] = low, high
        found[f"{name}/{at:02d}.tif"] = encoded(Image.fromarray(values), "TIFF")
    return found


def _endings() -> Iterator[tuple[str, Case]]:
    yield (
        "a class of jfif",
        Case(read("birds 6, cats 6, dogs 6"), fill(PETS) | fill("birds 6", ".jfif", "JPEG")),
    )
    yield (
        "some of jfif",
        Case(
            read(PETS),
            fill("dogs 6, cats 2")
            | {f"cats/j{n}.jfif": picture("JPEG") for n in range(3)}
            | {"cats/e.jpe": picture("JPEG")},
        ),
    )
    yield "endings in capitals", Case(read(PETS), fill("cats 6", ".PNG") | fill("dogs 6", ".JPEG", "JPEG"))
    yield "pictures without an ending", Case(read(PETS), fill("cats 6", "") | fill("dogs 6"))
    yield (
        "pictures with another ending",
        Case(
            read(PETS, {".cr2 not readable here": 1}),
            fill("cats 6", ".jpg", "WEBP") | fill("dogs 6", ".dat") | {"dogs/x.cr2": picture("TIFF")},
        ),
    )
    yield (
        "a text that is called a jpg",
        Case(
            read(PETS, {BROKEN: 2}),
            fill(PETS) | {"cats/text.jpg": b"This is no picture.", "dogs/cut.png": picture()[:60]},
        ),
    )
    yield (
        "a class that cannot be decoded",
        Case(
            Refused("None of the 2 pictures of birds can be read"),
            fill(PETS) | {f"birds/{n}.jpg": b"no picture" for n in range(2)},
        ),
    )
    yield (
        "a class of raw photos",
        Case(
            Refused("Nothing in the folder birds can be read: 2 .nef not readable here"),
            fill(PETS) | {f"birds/{n}.nef": b"II*\0" for n in range(2)},
        ),
    )
    yield "all that stands among photos", Case(
        read(
            PETS,
            {
                HIDDEN: 6, NO_PICTURE: 4, ".svg not readable here": 1, "packed once more: unpack it first": 1,
                BESIDE: 1,
            },
        ),
        fill(PETS)
        | {
            ".DS_Store": b"x", "cats/Thumbs.db": b"x", "dogs/desktop.ini": b"x",
            "cats/.hidden.png": picture(),
            ".git/HEAD": b"x", ".git/objects/1": b"x", "cats/.ipynb_checkpoints/a.png": picture(),
            "README.md": b"Pets", "cats/clip.mp4": b"\0\0\0\x18ftypmp42", "dogs/notes.txt": b"notes",
            "LICENSE": b"CC0", "cats/drawing.svg": b"<svg/>", "more.zip": b"PK\3\4", "cover.png": picture(),
        },
    )  # fmt: skip
    yield (
        "thumbnails that a system added",
        Case(
            read(PETS, {HIDDEN: 2}),
            fill(PETS) | {"cats/@eaDir/1.png/SYNO_THUMB.jpg": picture(), "$RECYCLE.BIN/x/1.png": picture()},
        ),
    )
    yield "pictures beside the classes", Case(read(PETS, {BESIDE: 6}), fill(PETS) | fill(" 6"))
    yield (
        "a broken picture that is called as another in a folder",
        Case(read("a 6, dogs 6", {BROKEN: 1}), fill("a 6, dogs 6") | {"a/a/00.png": b"no picture"}),
    )
    yield "twelve bits in sixteen", Case(read("a 6, b 6", levels=(16, 4080)), _grey16(16, 4080))
    yield "a narrow band of sixteen", Case(read("a 6, b 6", levels=(7300, 8200)), _grey16(7300, 8200))


def _wrappers() -> Iterator[tuple[str, Case]]:
    yield (
        "a picture beside the classes in a wrapper",
        Case(
            read(PETS, {BESIDE: 1}),
            {f"pets/{path}": c for path, c in (fill(PETS) | {"cover.png": picture()}).items()},
        ),
    )
    yield (
        "a wrapper with a readme, twice",
        Case(
            read(PETS, {NO_PICTURE: 2}),
            {f"archive/pets v2/{path}": c for path, c in fill(PETS).items()}
            | {"archive/README.txt": b"Pets", "archive/pets v2/LICENSE": b"CC0"},
        ),
    )
    yield (
        "a wrapper that a mac added to",
        Case(
            read(PETS, {HIDDEN: 1}),
            {f"pets/{path}": c for path, c in fill(PETS).items()}
            | {f"__MACOSX/pets/cats/._{n:02d}.png": b"\0\5\x16\7" for n in range(3)},
        ),
    )
    yield (
        "a picture beside a wrapper",
        Case(
            read(PETS, {BESIDE: 1}),
            {f"pets/{path}": c for path, c in fill(PETS).items()} | {"cover.png": picture()},
        ),
    )
    yield "an empty class", Case(read(PETS, {"empty": 1}), fill(PETS), empty=("birds",))


def _tables() -> Iterator[tuple[str, Case]]:
    flat = fill(" 12", ".jpg", "JPEG")
    names = sorted(flat)
    rows = [(name, ("cats", "dogs")[at % 2]) for at, name in enumerate(names)]
    yield (
        "a table beside flat pictures",
        Case(read(PETS, {NO_PICTURE: 1}), flat | {"labels.csv": table(("filename", "label"), *rows)}),
    )
    train = {f"train/{name}": c for name, c in flat.items()}
    stems = [(name.removesuffix(".jpg"), label) for name, label in rows]
    yield (
        "a competition with a table and a submission",
        Case(
            read("train/cats 6, train/dogs 6", {NO_PICTURE: 2, "without a label in train.csv": 3}),
            train
            | {f"test/t{n}.jpg": picture("JPEG") for n in range(3)}
            | {
                "train.csv": table(("id", "breed"), *stems),
                "sample_submission.csv": table(
                    ("id", "cats", "dogs"), *((f"t{n}", 0.5, 0.5) for n in range(3))
                ),
            },
        ),
    )
    yield (
        "train alone with a table",
        Case(
            read("train/cats 6, train/dogs 6", {NO_PICTURE: 1}),
            train | {"train.csv": table(("image", "class"), *rows)},
        ),
    )
    flags = [
        ("filename", " cats", " dogs"),
        *((name, int(a == "cats"), int(a == "dogs")) for name, a in rows),
    ]
    valid = {f"valid/v{n}.jpg": picture("JPEG") for n in range(4)}
    more = [("filename", "cats", "dogs"), *((f"v{n}.jpg", n % 2, 1 - n % 2) for n in range(4))]
    yield "one column a class in each part", Case(
        read("train/cats 6, train/dogs 6, validation/cats 2, validation/dogs 2", {NO_PICTURE: 3}),
        train | valid
        | {
            "train/_classes.csv": table(*flags), "valid/_classes.csv": table(*more),
            "README.roboflow.txt": b"exported",
        },
    )  # fmt: skip
    ham = [(f"lesion{at}", name.removesuffix(".jpg"), "nv" if a == "cats" else "mel", "histo", 40, "male")
           for at, (name, a) in enumerate(rows)]  # fmt: skip
    head = ("lesion_id", "image_id", "dx", "dx_type", "age", "sex")
    yield (
        "two parts and one table of diagnoses",
        Case(
            Asked(
                "a table beside them another",
                {
                    "labels": counts("nv 6, mel 6"),
                    "classes": counts("HAM10000_images_part_1 6, HAM10000_images_part_2 6"),
                },
            ),
            {f"HAM10000_images_part_{1 + at % 2}/{name}": flat[name] for at, name in enumerate(names)}
            | {"HAM10000_metadata.csv": table(head, *ham)},
        ),
    )
    semicolons = "\n".join(";".join(row) for row in [("file", "species"), *rows]).encode("utf-8-sig")
    yield (
        "a table of semicolons",
        Case(
            read(PETS, {NO_PICTURE: 1}),
            {f"images/{n}": c for n, c in flat.items()} | {"list.csv": semicolons},
        ),
    )
    two = table(
        ("image", "colour", "shape"), *((n, "rb"[at % 2], "sq"[at // 6]) for at, n in enumerate(names))
    )
    yield (
        "a table of two columns that could be the class",
        Case(Refused("several of its columns could be their class: colour, shape"), flat | {"t.csv": two}),
    )
    parts = ("train", "val", "test")
    divided = [(f"all/{n}", a, parts[at // 2 % 3]) for at, (n, a) in enumerate(rows)]
    split = table(("path", "label", "split"), *divided)
    yield "a table with a column of splits", Case(
        read(", ".join(f"{s}/{c} 2" for s in ("train", "validation", "test") for c in ("cats", "dogs")),
             {NO_PICTURE: 1}),
        {f"all/{n}": c for n, c in flat.items()} | {"index.csv": split},
    )  # fmt: skip


def _boxes() -> Iterator[tuple[str, Case]]:
    box = b"0 0.5 0.5 0.25 0.25\n1 0.1 0.1 0.05 0.05\n"
    yolo = {f"images/train/{n}.jpg": picture("JPEG") for n in range(4)}
    yolo |= {f"images/val/v{n}.jpg": picture("JPEG") for n in range(2)}
    yolo |= {f"labels/train/{n}.txt": box for n in range(4)} | {"data.yaml": b"nc: 2"}
    yield "boxes of YOLO", Case(Refused("holds boxes (YOLO's)"), yolo)
    parts = {f"{part}/images/{n}.jpg": picture("JPEG") for part in ("train", "valid") for n in range(3)}
    parts |= {f"{part}/labels/{n}.txt": box for part in ("train", "valid") for n in range(3)}
    yield "boxes of YOLO, part by part", Case(Refused("holds boxes (YOLO's)"), parts)
    coco = json.dumps({"info": {}, "images": [], "annotations": []}).encode()
    yield (
        "boxes of COCO",
        Case(
            Refused("holds boxes (COCO's)"),
            fill("train2017 4, val2017 2") | {"annotations/instances_train2017.json": coco},
        ),
    )
    yield (
        "boxes of Pascal VOC",
        Case(
            Refused("holds boxes (Pascal VOC's)"),
            fill("JPEGImages 4")
            | {f"Annotations/{n:02d}.xml": b"<annotation><object/></annotation>" for n in range(4)},
        ),
    )


def _links() -> Iterator[tuple[str, Case]]:
    elsewhere = {f"../elsewhere/{path}": c for path, c in fill("valid/cats 3, valid/dogs 3, birds 6").items()}
    yield (
        "a linked split",
        Case(
            read("train/cats 6, train/dogs 6, validation/cats 3, validation/dogs 3"),
            fill("train/cats 6, train/dogs 6") | elsewhere,
            {"valid": "elsewhere/valid"},
        ),
    )
    yield (
        "a linked class",
        Case(read("birds 6, cats 6, dogs 6"), fill(PETS) | elsewhere, {"birds": "elsewhere/birds"}),
    )
    yield (
        "a class of linked files",
        Case(
            read("birds 6, cats 6, dogs 6"),
            fill(PETS) | elsewhere,
            {f"birds/{n}.png": f"elsewhere/birds/{n:02d}.png" for n in range(6)},
        ),
    )
    yield (
        "a class that is linked to nowhere",
        Case(
            Refused("Nothing in the folder birds can be read: 1 linked to nowhere"),
            fill(PETS),
            {"birds": "nowhere"},
        ),
    )
    yield (
        "a picture that is linked to nowhere",
        Case(read(PETS, {"linked to nowhere": 1}), fill(PETS), {"cats/gone.png": "nowhere.png"}),
    )
    yield (
        "links in a circle",
        Case(
            read(PETS, {"linked in a circle": 2}), fill(PETS), {"cats/up": "case", "dogs/here": "case/dogs"}
        ),
    )
    yield (
        "one class that is linked to another",
        Case(read("cats 6, dogs 6, kittens 6"), fill(PETS), {"kittens": "case/cats"}),
    )


FILLED: dict[str, Case] = {
    name: case for kind in (_endings, _wrappers, _tables, _boxes, _links) for name, case in kind()
}
