"""The most similar image is found by the angle between features, never by their length."""

import numpy as np

from core.concepts.neighbours import nearest, same_class_share


def test_the_nearest_come_first_whatever_their_length():
    features = np.array([[0.0, 1.0], [10.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    rows, similarity = nearest(np.array([2.0, 0.0]), features, 3)
    assert rows.tolist() == [2, 1, 3]
    np.testing.assert_allclose(similarity, [1, 10 / np.sqrt(101), np.sqrt(0.5)], rtol=1e-6)


def test_fewer_images_than_wanted_give_fewer_neighbours():
    rows, similarity = nearest(np.ones(3), np.ones((2, 3)), 6)
    assert rows.tolist() == [0, 1]
    assert len(similarity) == 2


def test_an_image_without_any_activation_is_like_nothing():
    _, similarity = nearest(np.zeros(2), np.array([[1.0, 0.0], [0.0, 0.0]]), 2)
    assert similarity.tolist() == [0, 0]


def test_the_nearest_neighbour_is_never_the_image_itself():
    pooled = np.array([[1.0, 0], [0.9, 0.1], [0, 1], [0.1, 0.9]])
    assert same_class_share(pooled, np.array([0, 0, 1, 1])) == 1
    assert same_class_share(pooled, np.array([0, 1, 0, 1])) == 0
