"""From a folder or zip of images to a `Dataset`: lay out, hash, sort by name.

Images stay where they are. Of a zip nothing is unpacked to disk, and what its table of contents says of
sizes is judged before anything is read.
"""

import os
import unicodedata
from pathlib import Path

from core.data import layouts
from core.data.file_hashes import hash_files
from core.data.indexes import Dataset, ImageItem, index
from core.data.sources import FolderSource, ZipSource, bad_zip, read_file
from core.data.zips import UNPACKING_ERRORS, is_folder, open_archive
from core.stopping import Report, ShouldStop

MAX_MEMBER_BYTES = 256 * 2**20  # unpacked; no picture comes near it
MAX_ZIP_BYTES = 64 * 2**30  # unpacked, all images together
MAX_LICENCE_BYTES = 2**20


def open_folder(
    folder: Path,
    home: Path,
    *,
    name: str,
    title: str,
    licence: str = "",
    report: Report | None = None,
    should_stop: ShouldStop | None = None,
) -> Dataset:
    """Index a folder of images, laid out as `core.data.layouts` tells.

    Raises:
        DatasetError: no data set, or a file that cannot be read.
    """
    files, folders = {}, []
    for above, below, names in os.walk(folder):
        relative = Path(above).relative_to(folder)
        below[:] = [child for child in below if not layouts.is_hidden(child)]
        folders += [(relative / child).as_posix() for child in below]
        files.update({(relative / file).as_posix(): Path(above, file) for file in names})
    placed = layouts.arrange(files, folders)
    stamps = {}
    for image in placed:
        try:
            stat = files[image.path].stat()
        except OSError:
            stamps[image.path] = (-1, 0)  # a dangling link, say: reading it gives the error
        else:
            stamps[image.path] = (stat.st_size, stat.st_mtime_ns)
    hashes = hash_files(folder, stamps, lambda path: read_file(folder, path), home, report, should_stop)
    texts = {path: lambda path=path: read_file(folder, path) for path in files}
    return _indexed(
        placed, hashes, name, title, licence or _licence(texts), lambda p: FolderSource(folder, p)
    )


def open_zip(
    path: Path,
    home: Path,
    *,
    name: str,
    title: str,
    licence: str = "",
    report: Report | None = None,
    should_stop: ShouldStop | None = None,
) -> Dataset:
    """Index a zip of images without unpacking it to disk.

    Raises:
        DatasetError: no zip, no data set, or sizes no picture has.
    """
    try:
        stat = path.stat()
        with path.open("rb") as file, open_archive(file) as archive:
            members = archive.infolist()
    except UNPACKING_ERRORS as error:
        raise bad_zip(path, str(error)) from error
    sizes = {member.filename: member.file_size for member in members if not is_folder(member)}
    placed = layouts.arrange(sizes, [member.filename for member in members if is_folder(member)])
    largest = max(placed, key=lambda image: sizes[image.path])
    if sizes[largest.path] > MAX_MEMBER_BYTES or sum(sizes[i.path] for i in placed) > MAX_ZIP_BYTES:
        raise bad_zip(
            path, f"its images claim an absurd size ({largest.path}: {sizes[largest.path]:,} bytes)"
        )
    source = ZipSource(path, [])
    stamps = {image.path: (stat.st_size, stat.st_mtime_ns) for image in placed}
    hashes = hash_files(path, stamps, source.member, home, report, should_stop)
    texts = {m: lambda m=m: source.member(m) for m in sizes if sizes[m] < MAX_LICENCE_BYTES}
    return _indexed(placed, hashes, name, title, licence or _licence(texts), lambda m: ZipSource(path, m))


def _indexed(placed, hashes, name, title, licence, make_source) -> Dataset:
    # macOS spells an accented letter as two characters, other systems as one: one spelling, one split
    def spelled(text: str) -> str:
        return unicodedata.normalize("NFC", text)

    classes = sorted({spelled(image.class_name) for image in placed})
    label = {class_name: position for position, class_name in enumerate(classes)}
    pairs = [
        (ImageItem(spelled(i.name), label[spelled(i.class_name)], i.split, hashes[i.path]), i.path)
        for i in placed
    ]
    pairs.sort(key=lambda pair: (pair[0].name, pair[0].sha256))
    source = make_source([path for _, path in pairs])
    return index(name, title, licence, classes, [item for item, _ in pairs], source)


def _licence(texts) -> str:
    """The first line of the outermost licence file among `texts` (path -> function giving its bytes)."""
    stems = ("license", "licence", "copying")
    found = [p for p in texts if p.rpartition("/")[2].lower().split(".")[0] in stems and p.count("/") < 2]
    for path in sorted(found, key=lambda path: (path.count("/"), path)):
        lines = texts[path]().decode("utf-8", "replace").splitlines()
        if first := next((line.strip() for line in lines if line.strip()), ""):
            return first[:80]
    return "not stated"
