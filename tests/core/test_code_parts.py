"""The code of the pages that show one concept runs, and gives the numbers that those pages show."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.manifold import trustworthiness
from threadpoolctl import threadpool_limits

from core import codegen
from core.codegen.features import map_code, one_image_code
from core.codegen.keras import augmentation_code, features_code, freeze_code, inside_code, shift_code
from core.concepts.activations import first_kernels
from core.concepts.feature_map import pca_layouts
from core.concepts.neighbours import nearest
from core.config import AugmentationConfig, BaseConfig, HeadConfig, with_setting
from core.data import datasets
from core.explain.feature_shifts import distances
from core.explain.studies import Study
from core.explain.tsne import embed
from core.layers import count_trainable, layer_table, output_shapes
from core.presets import digits_quick
from core.store import Store
from tests.core import study

SIZE = 64
IMAGES = 40


class World:
    """Digits, uint8 (n, 64, 64, 3), and their `pooled` features as the worker computes them for a page,
    float32 (n, 1280)."""

    def __init__(self, home: Path):
        import keras

        from core.method import backbone

        config = with_setting(digits_quick(), "data.limit", 4 * IMAGES)
        store, dataset = Store(home), datasets.find("digits", home)
        _, arrays = study.answer(Study("maps", config, {"split": "validation"}), store, dataset)
        self.images = np.asarray(datasets.load(config.data, home).pixels[arrays["positions"]])
        self.pooled = arrays["pooled"]
        self.base = backbone.build(SIZE, BaseConfig(), 0)  # the code would download Keras's file
        self.keras = keras

    def mobilenet(self, input_shape, include_top, weights):
        assert (input_shape, include_top, weights) == ((SIZE, SIZE, 3), False, "imagenet")
        return self.base

    def run(self, code: str, **names) -> dict:
        """What the code defines, given these names."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.keras.applications, "MobileNetV2", self.mobilenet)
            exec(code, names)
        return names


@pytest.fixture(scope="module")
def world(tmp_path_factory, request):
    request.getfixturevalue("tensorflow_configured")
    return World(tmp_path_factory.mktemp("parts"))


def close(found, expected):
    assert np.shape(found) == np.shape(expected)
    assert np.linalg.norm(np.asarray(found) - expected) <= 1e-4 * np.linalg.norm(expected)


@pytest.mark.tensorflow
def test_the_pooled_features_are_those_of_the_page(world):
    found = world.run(features_code(SIZE), images=world.images)
    close(found["pooled"], world.pooled)
    assert found["maps"].shape[1:] == output_shapes(SIZE)[-1]


@pytest.mark.tensorflow
def test_features_of_the_other_scaling_are_those_of_other_pixels(world):
    found = world.run(features_code(SIZE, "0..1"), images=world.images)
    assert np.asarray(found["scaled"]).min() >= 0
    assert np.linalg.norm(found["pooled"] - world.pooled) > 0.01 * np.linalg.norm(world.pooled)


@pytest.mark.tensorflow
@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_map_of_principal_components_is_that_of_the_page(world, dimensions):
    found = world.run(map_code(SIZE, "-1..1", "pca", dimensions, IMAGES, False), images=world.images)
    (layout,) = pca_layouts([world.pooled], dimensions)
    close(found["points"], layout.points)


@pytest.mark.tensorflow
def test_the_tsne_maps_keep_neighbours_as_well_as_those_of_the_page(world):
    """Not the same points: a thousand steps make much of the last bit of a start."""
    tuned = world.pooled * np.random.default_rng(0).uniform(0.5, 1.5, 1280).astype(np.float32)
    code = map_code(SIZE, "-1..1", "tsne", 2, IMAGES, True)
    with threadpool_limits(1):  # as the page has it, for speed alone
        found = world.run(code, images=world.images, tuned=tuned)
    before = embed(world.pooled, 2)
    maps = {"before": (world.pooled, before), "after": (tuned, embed(tuned, 2, before))}
    for name, (features, expected) in maps.items():
        assert found[name].shape == expected.shape
        kept = [trustworthiness(features, points) for points in (found[name], expected)]
        assert kept[0] == pytest.approx(kept[1], abs=0.05)
        assert kept[0] > 0.8  # by chance: .5


@pytest.mark.tensorflow
def test_one_images_nearest_are_those_of_the_page(world):
    query, others = world.pooled[0], world.images[1:]
    maps = np.ones((2, 2, 1280), np.float32)
    found = world.run(one_image_code(SIZE, "-1..1"), images=others, query=query, maps=maps)
    rows, similarity = nearest(query, world.pooled[1:], 6)
    assert found["nearest"].tolist() == rows.tolist()
    close(found["similarity"][rows], similarity)
    assert (query[found["strongest"]] == np.sort(query)[:-7:-1]).all()


@pytest.mark.tensorflow
@pytest.mark.parametrize("layer", ["Conv1", "block_3_expand_relu", "out_relu"])
def test_inside_a_layer_are_the_maps_and_kernels_of_the_page(world, layer):
    found = world.run(inside_code(layer, SIZE), images=world.images)
    index = next(one.index for one in layer_table() if one.name == layer)
    assert found["maps"].shape == (IMAGES, *output_shapes(SIZE)[index])
    np.testing.assert_array_equal(found["kernels"], first_kernels())
    if layer == "out_relu":
        close(np.mean(found["maps"], axis=(1, 2)), world.pooled)


@pytest.mark.tensorflow
@pytest.mark.parametrize("point", [0, 116, 154])
def test_as_many_numbers_learn_as_the_page_counts(world, point):
    base = world.run(freeze_code(point, SIZE))["base"]
    learning = sum(int(np.prod(variable.shape)) for variable in base.trainable_variables)
    head = count_trainable(154, HeadConfig(), 10).parameters
    assert learning == count_trainable(point, HeadConfig(), 10).parameters - head


@pytest.mark.tensorflow
def test_mirrored_variants_are_the_images_or_their_mirror_images(world):
    code = augmentation_code(AugmentationConfig(flip="horizontal"))
    variants = np.asarray(world.run(code, images=world.images)["variants"])
    same = (variants == world.images).all(axis=(1, 2, 3))
    assert (variants[~same] == world.images[~same, :, ::-1]).all()
    assert 0 < same.sum() < IMAGES
    assert "variants" not in world.run(augmentation_code(AugmentationConfig()), images=world.images)


@pytest.mark.tensorflow
def test_variants_move_as_far_as_the_page_says(world):
    every = AugmentationConfig(
        flip="horizontal", rotation=0.1, zoom=0.2, translation=0.1, contrast=0.2, brightness=0.1
    )
    found = world.run(shift_code(every, SIZE), images=world.images)
    close(found["pooled"], world.pooled)
    moved = world.run(features_code(SIZE), images=np.array(found["variants"]))["pooled"]
    close(found["distance"], distances(np.asarray(moved), world.pooled))
    assert found["distance"].min() > 0


def test_every_function_that_writes_code_is_called_by_a_test_that_runs_what_it_wrote():
    written = {
        node.name
        for path in Path(codegen.__path__[0]).glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and re.fullmatch("[a-z].*(_code|_pieces)", node.name)
    }
    run = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
                names |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
                run |= names if names & {"exec", "run"} else set()
    assert len(written) > 15
    assert not written - run
