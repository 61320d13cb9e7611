"""What a picture's file begins with: whether a file whose ending lies, or is missing, is a picture at all."""

FIRST_BYTES = 32  # all that is asked for

_STARTS = (
    b"\xff\xd8\xff",  # JPEG, and MPO of some phones
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a", b"GIF89a",
    b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"MM*\0", b"II\0*",  # TIFF, BigTIFF, two slips of writers
)  # fmt: skip
_BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)  # bytes of the header that follows: the versions there are
_AVIF = (b"avif", b"avis")
_HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")


def looks_like_picture(first_bytes: bytes) -> bool:
    """Whether a file is of a kind that `decoding` reads, by its first FIRST_BYTES (fewer of a shorter file).

    That it can be decoded is not said. Raw files of many cameras (.nef, .dng, .arw, .cr2) begin like a TIFF
    and hold a small preview as one: whoever lists files passes over those by their ending first.
    """
    start = first_bytes[:FIRST_BYTES]
    if start.startswith(_STARTS) or (start[:4] == b"RIFF" and start[8:12] == b"WEBP"):
        return True
    if start[:2] == b"BM":  # two letters that a text may begin with, too
        return int.from_bytes(start[14:18], "little") in _BMP_HEADERS
    return start[4:8] == b"ftyp" and start[8:12] in _AVIF + _HEIF


def looks_like_heif(first_bytes: bytes) -> bool:
    """Whether it is HEIC or another HEIF, which Pillow reads with a plugin; mif1 and msf1 may be AVIF."""
    return first_bytes[4:8] == b"ftyp" and first_bytes[8:12] in _HEIF
