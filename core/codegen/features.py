"""The Keras and scikit-learn code behind the views of the Bottleneck features page."""

from core import layers
from core.codegen.keras import features_code
from core.explain import linear_probe
from core.explain.tsne import DENOISED, perplexity

_PCA_MAP = """
from sklearn.decomposition import PCA

points = PCA({dimensions}).fit_transform(pooled)  # (n, {dimensions}), one point an image
"""
_SHARED_MAP = """
# The same with the fine-tuned base gives `tuned`. One set of axes for both, each centred on its own mean:
import numpy as np
from sklearn.decomposition import PCA

centred = [pooled - pooled.mean(axis=0), tuned - tuned.mean(axis=0)]
axes = PCA({dimensions}).fit(np.concatenate(centred))
before, after = [axes.transform(features) for features in centred]
"""
_TSNE_MAP = """
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

how = dict(n_components={dimensions}, perplexity={perplexity:g}, random_state=0)
before = TSNE(init="pca", **how).fit_transform(PCA({denoised}).fit_transform(pooled))
"""
_TSNE_AFTER = """
# The same with the fine-tuned base gives `tuned`; its map starts where the first one ended:
start = before / before[:, 0].std() * 1e-4
after = TSNE(init=start, **how).fit_transform(PCA({denoised}).fit_transform(tuned))
"""
_ONE_IMAGE = """
import numpy as np

# pooled: those of all training images, (n, 1280); query: those of one image, (1280,); its maps: (h, w, 1280)
strongest = np.argsort(-query)[:6]  # channels; the map over the photo is maps[..., channel]
unit = np.asarray(pooled) / np.linalg.norm(pooled, axis=1, keepdims=True)
similarity = unit @ (query / np.linalg.norm(query))  # cosine of the angle, 1 for the same direction
nearest = np.argsort(-similarity)[:6]
"""
_PROBES = """\
import keras
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

base = keras.applications.MobileNetV2(
    input_shape=({size}, {size}, 3), include_top=False, weights="imagenet"
)
ends = [
{ends}
]
pool = keras.layers.GlobalAveragePooling2D()
probed = keras.Model(base.input, [pool(base.get_layer(end).output) for end in ends])

# images: (n, {size}, {size}, 3), pixels 0..255; labels: (n,)
learned = probed.predict({scale}(train_images))
tested = probed.predict({scale}(validation_images))
accuracy = {{}}
for end, features, unseen in zip(ends, learned, tested):
    probe = make_pipeline(StandardScaler(), LogisticRegression(C={penalty:g}, max_iter={steps}))
    probe.fit(features, train_labels)
    accuracy[end] = probe.score(unseen, validation_labels)
"""
_SCALES = {
    "-1..1": "keras.applications.mobilenet_v2.preprocess_input",
    "0..1": "keras.layers.Rescaling(1 / 255)",
}


def map_code(image_size: int, scaling: str, method: str, dimensions: int, images: int, after: bool) -> str:
    """From images to points on a map.

    Args:
        method: `pca` or `tsne`.
        images: How many are placed; t-SNE's perplexity follows from it.
        after: Whether a second map, after fine-tuning, stands beside it.
    """
    if method == "tsne":
        place = _TSNE_MAP + (_TSNE_AFTER if after else "")
    else:
        place = _SHARED_MAP if after else _PCA_MAP
    settings = {"perplexity": perplexity(images), "denoised": min(DENOISED, images)}
    return features_code(image_size, scaling) + place.format(dimensions=dimensions, **settings)


def one_image_code(image_size: int, scaling: str) -> str:
    """The strongest channels of one image and its nearest neighbours."""
    return features_code(image_size, scaling) + _ONE_IMAGE


def probe_code(image_size: int, scaling: str) -> str:
    """Linear probes at the ends of all segments; the accuracies are the page's, up to rounding."""
    table = layers.layer_table()
    ends = "\n".join(f'    "{table[block.end - 1].name}",  # {block.label}' for block in layers.blocks())
    return _PROBES.format(
        size=image_size,
        ends=ends,
        scale=_SCALES[scaling],
        penalty=linear_probe.PENALTY,
        steps=linear_probe.MOST_STEPS,
    )
