"""A lens: the network converted so that a page can look through it, one picture at a time, in milliseconds.

The app itself never loads TensorFlow; `core.method.lens` opens what is made here with LiteRT.
"""

import numpy as np

from core.explain import trained
from core.explain.studies import Context, Kind

KIND = Kind(
    title="Opening the network",
    version=1,
    parts=("base", "data.image_size"),
    images=lambda counts, options: 0,
    fixed=2.5,
    look=True,
)


def compute(context: Context) -> tuple[dict, dict[str, np.ndarray]]:
    """Options: `run` (a run as it stands after `phase`, its last where none is named; without a run the
    pretrained backbone), `inside` (all layers, too), `maps` (the last layer, too, which is quicker).

    Returns:
        record: `outputs`, names in the order of the converted model's outputs: layer names when `inside`,
            `out_relu` when `maps`, then `pooled`, then `probabilities` for a run; `image_size`; `scaling`.
        arrays: `model`, the converted file as uint8.
    """
    import keras

    from core.method import backbone, engine

    config, run_key = context.config, context.options.get("run")
    if run_key:
        base, head, _ = trained.rebuild(context.store, run_key, context.options.get("phase"))
    else:
        base, head = backbone.build(config.data.image_size, config.base, 0), None
    outputs = {}
    if context.options.get("inside"):
        outputs |= {layer.name: layer.output for layer in base.layers[1:]}
    elif context.options.get("maps"):
        outputs[base.layers[-1].name] = base.output
    outputs["pooled"] = keras.layers.GlobalAveragePooling2D()(base.output)
    if head is not None:
        outputs["probabilities"] = head(outputs["pooled"])
    model = keras.Model(base.input, list(outputs.values()))
    content = engine.convert(model, batch=1)
    record = {"outputs": list(outputs), "image_size": config.data.image_size, "scaling": config.base.scaling}
    return record, {"model": np.frombuffer(content, np.uint8)}
