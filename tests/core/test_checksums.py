"""Checksums inside files: whatever happens to the bytes, a value comes back as it was or not at all."""

import json
import random
import zlib

import numpy as np
import pytest

from core import checksums
from core.checksums import Damaged
from core.files import read_json, write_json

VALUE = {"accuracy": 0.916, "epochs": [1, 2, 3], "name": "café", "nothing": None}


def test_every_reader_of_json_reads_a_sealed_file(tmp_path):
    path = tmp_path / "x.json"
    write_json(path, VALUE)
    assert json.loads(path.read_bytes()) == VALUE
    assert path.read_bytes().decode().splitlines()[0] == "{"
    assert read_json(path) == VALUE


@pytest.mark.parametrize("content", [b'{"a": 1}', b'{"a": 1}\n', b'{\r\n "a": 1\r\n}\r\n'])
def test_json_from_before_there_were_checksums_is_read(content):
    assert checksums.parse(content) == {"a": 1}


@pytest.mark.parametrize("line", [True, False])
def test_no_flip_of_one_or_two_bits_gives_another_value(line):
    chance, text = random.Random(1), json.dumps(VALUE) + ("" if line else "\n")
    whole = checksums.seal(text) + (b"" if line else b"\n")
    assert checksums.parse(whole) == VALUE
    flips = [(at,) for at in range(8 * len(whole))]
    flips += [(at, chance.randrange(8 * len(whole))) for (at,) in flips for _ in range(20)]
    for bits in flips:
        content = bytearray(whole)
        for bit in bits:
            content[bit // 8] ^= 1 << bit % 8
        try:
            assert checksums.parse(bytes(content)) == VALUE
        except Damaged:
            continue


def test_a_cut_at_any_place_gives_the_value_or_nothing():
    whole = checksums.seal(json.dumps(VALUE) + "\n") + b"\n"
    for end in range(len(whole)):
        try:
            assert checksums.parse(whole[:end]) == VALUE
        except Damaged:
            continue


@pytest.fixture
def array(tmp_path):
    """A sealed `.npy` and what it holds."""
    path, value = tmp_path / "x.npy", np.random.default_rng(0).random((7, 3, 3), np.float32)
    with path.open("wb") as stream:
        out = checksums.Sealing(stream)
        np.lib.format.write_array(out, value)
        out.finish()
    return path, value


def test_numpy_reads_a_sealed_array_and_maps_it(array):
    path, value = array
    checksums.check_npy(path)
    np.testing.assert_array_equal(np.load(path), value)
    np.testing.assert_array_equal(np.load(path, mmap_mode="r"), value)


def test_no_flip_and_no_cut_of_an_array_passes_its_check(array):
    path, value = array
    whole = path.read_bytes()
    damaged = [
        bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :]) for at in range(len(whole))
    ]
    unsealed = len(whole) - checksums.LAST_LINE_BYTES
    for content in [*damaged, *(whole[:end] for end in range(len(whole)) if end != unsealed), b""]:
        path.write_bytes(content)
        with pytest.raises(Damaged):
            checksums.check_npy(path)
    path.write_bytes(whole[:unsealed])  # as the first version wrote it
    checksums.check_npy(path)
    np.testing.assert_array_equal(np.load(path), value)


def test_a_file_is_read_through_once_and_again_when_it_has_changed(array, monkeypatch):
    path, _ = array
    read = []
    monkeypatch.setattr(zlib, "crc32", lambda *a, real=zlib.crc32: read.append(1) or real(*a))
    for _ in range(3):
        checksums.once(path, checksums.check_npy)
    assert len(read) == 1
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)
    with pytest.raises(Damaged):
        checksums.once(path, checksums.check_npy)


def test_a_converted_network_without_its_last_line_is_made_again():
    assert checksums.opened(b"TFL3 as the first version wrote it") is None
    content = b"TFL3"
    assert checksums.opened(content + b"crc32 %08x\n" % zlib.crc32(content)) == content
    with pytest.raises(Damaged):
        checksums.opened(b"TFL4" + b"crc32 %08x\n" % zlib.crc32(content))
