"""One picture's features on a real server: what the page says is what the core computes."""

import re

import numpy as np
import pytest

from core.data import pictures, sample_photos
from core.explain import feature_shifts
from core.method import augmentation
from core.method.lens import Lens
from core.store import Store
from core.transforms import AugmentationConfig
from pages.ui.augmentation.variants import PHOTO_SIZE
from tests.browser.steps import in_order, settle, written

OPENING = 90_000  # ms: the worker imports TensorFlow and converts the network
ASKED = "augment_view=one&augment_source=sample&variants=flip:horizontal,rotation:0.2"


def expected(home) -> str:
    """What the page should say of the cat's variants, by core, through the lens that the worker made."""
    store = Store(home)
    key = next(path.name for path in store.runs.glob("study-*") if store.finished(path.name))
    lens = Lens(store.record(key), store.arrays(key))
    config = AugmentationConfig(flip="horizontal", rotation=0.2)
    ids = np.array([pictures.sample("chelsea").image_id], np.uint64)
    draws = [augmentation.draw(config, 42, epoch, ids)[0] for epoch in range(9)]
    photo = sample_photos.photo("chelsea", PHOTO_SIZE)[None]
    variants = augmentation.augment(np.repeat(photo, len(draws), axis=0), draws)
    pooled = lens.look(np.concatenate([photo, variants]))["pooled"]
    moved = feature_shifts.distances(pooled[1:], pooled[0])
    return f"moved most, {moved.max():.1f}: {augmentation.describe(draws[moved.argmax()])}"


@pytest.mark.soak
def test_the_shift_of_a_photo_is_the_cores_and_outlives_a_reload(page, app, worker, console):
    page.goto(f"{app.url}/augmentation?{ASKED}")
    settle(page)
    most = written(page, re.compile(r"moved most, [\d.]+"))
    most.wait_for(timeout=OPENING)
    assert most.inner_text() == expected(app.home)
    page.reload()
    settle(page)
    most.wait_for()
    assert most.inner_text() == expected(app.home)
    in_order(app, console, below_root=True)
