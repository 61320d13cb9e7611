"""One picture, from wherever it comes, as the network gets it."""

import io

import numpy as np
import pytest
from PIL import Image

from core.data import datasets, images, pictures, sample_photos
from core.errors import DatasetError


def test_an_image_of_a_data_set_is_what_training_sees_under_the_name_it_has_there(pets, home):
    dataset = datasets.find(str(pets), home)
    picture = pictures.of_dataset(dataset, 1)
    assert (picture.at(32) == images.squash(dataset.image(1), 32)).all()
    assert picture.image_id == int(dataset.image_ids[1])
    assert (picture.position, picture.label) == (1, dataset.items[1].label)
    assert picture.title == f"Class {dataset.classes[dataset.items[1].label]}, 001.png"


def test_sample_photos_have_names_of_their_own_in_random_draws():
    found = [pictures.sample(name) for name in sample_photos.PHOTOS]
    assert len({picture.image_id for picture in found}) == len(found)
    assert (found[0].at(64) == sample_photos.photo("chelsea", 64)).all()
    assert found[0].position is None


def test_a_file_is_decoded_once_for_a_size(monkeypatch):
    file = io.BytesIO()
    Image.new("RGB", (30, 20), (120, 20, 60)).save(file, "PNG")
    decoded, decode = [], pictures.decode_alone
    monkeypatch.setattr(pictures, "decode_alone", lambda *args: decoded.append(args) or decode(*args))
    picture = pictures.of_file(file.getvalue(), "mine.png")
    assert np.unique(picture.at(8).reshape(-1, 3), axis=0).tolist() == [[120, 20, 60]]
    assert picture.at(8) is picture.at(8)
    assert picture.at(16).shape == (16, 16, 3)
    assert len(decoded) == 2


def test_what_is_no_picture_says_so_when_it_is_looked_at():
    picture = pictures.of_file(b"text", "notes.txt")
    with pytest.raises(DatasetError, match="notes.txt cannot be read"):
        picture.at(8)
