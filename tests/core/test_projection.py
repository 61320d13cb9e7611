"""PCA against scikit-learn's, and at its edges."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from core.explain.projection import pca, shared_axes


@pytest.mark.parametrize("shape", [(60, 20), (20, 60)])
@pytest.mark.parametrize("components", [2, 3])
def test_points_and_shares_agree_with_scikit_learn_signs_included(shape, components):
    features = np.random.default_rng(7).normal(size=shape) * np.linspace(1, 5, shape[1])
    ours = pca(features, components)
    theirs = PCA(components, svd_solver="full").fit(features)
    np.testing.assert_allclose(ours.points, theirs.transform(features), atol=1e-9)
    np.testing.assert_allclose(ours.explained, theirs.explained_variance_ratio_, atol=1e-12)


def test_equal_features_give_an_equal_picture():
    features = np.random.default_rng(1).normal(size=(30, 8)).astype(np.float32)
    np.testing.assert_array_equal(pca(features).points, pca(features.copy()).points)


def test_features_on_a_line_have_one_component():
    features = np.outer(np.arange(5.0), [3.0, 4.0])
    found = pca(features)
    np.testing.assert_allclose(found.points[:, 0], 5 * (np.arange(5) - 2))
    np.testing.assert_allclose(found.explained, (1, 0), atol=1e-12)


def test_two_images_have_one_component_and_no_invented_second():
    found = pca(np.random.default_rng(2).normal(size=(2, 30)), 3)
    assert found.points[:, 0].any()
    np.testing.assert_allclose(found.points[:, 1:], 0, atol=1e-6)
    np.testing.assert_allclose(found.explained, (1, 0, 0), atol=1e-9)


def test_shared_axes_of_two_sets_are_those_of_both_once_each_is_centred():
    random = np.random.default_rng(4)
    first, second = random.normal(size=(30, 12)), random.normal(size=(25, 12)) * 2 + 50
    ours = shared_axes([first, second], 2)
    both = np.concatenate([first - first.mean(0), second - second.mean(0)])
    expected = PCA(2, svd_solver="full").fit_transform(both)
    np.testing.assert_allclose(np.concatenate([ours[0].points, ours[1].points]), expected, atol=1e-9)
    whole = (second - second.mean(0)).var(axis=0).sum()
    np.testing.assert_allclose(ours[1].explained, ours[1].points.var(axis=0) / whole)


def test_identical_images_all_stand_at_the_origin():
    found = pca(np.ones((4, 3)))
    assert not found.points.any()
    assert found.explained == (0.0, 0.0)


def test_one_image_gives_one_point():
    found = pca(np.ones((1, 3)))
    assert found.points.shape == (1, 2)
    assert found.explained == (0.0, 0.0)


@pytest.mark.parametrize("features", [np.zeros((0, 3)), np.zeros(3), np.full((2, 2), np.nan)])
def test_what_is_no_table_of_numbers_is_refused(features):
    with pytest.raises(ValueError, match="finite features"):
        pca(features)
