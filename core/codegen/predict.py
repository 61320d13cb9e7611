"""The Keras code that predicts pictures as a run does."""

from core.codegen.data import FILES
from core.codegen.decoder import decoder
from core.codegen.pieces import imports, joined, literal
from core.config import ExperimentConfig
from core.data.levels import Levels
from core.layers import output_units

_LOAD = """\
SIZE = {size}
model = keras.models.load_model("model.keras")  # kept with the run, as it stood after its last phase
classes = {classes}
"""
_ONE = """\
images = picture(Path("photo.jpg").read_bytes())[None]  # (1, {size}, {size}, 3), 0..255
{probabilities}[0]  # the model scales pixels to {scaling}
best = int(probabilities.argmax())
print(classes[best], f"{{probabilities[best]:.1%}}")
"""
_MANY = """\
found = {{path: read for path, read in files("photos").items() if is_picture(path)}}  # a folder or zip
images = np.stack([picture(read()) for read in found.values()])  # (n, {size}, {size}, 3), 0..255
{probabilities}  # (n, {count}); the model scales pixels to {scaling}
names = list(found)
for at in probabilities.max(axis=1).argsort():  # the least certain first
    best = int(probabilities[at].argmax())
    print(names[at], classes[best], f"{{probabilities[at, best]:.1%}}", sep=", ")
"""
_SOFTMAX = "probabilities = model.predict(images)"
_SIGMOID = """\
second = model.predict(images)  # one sigmoid unit: the probability of the second class
probabilities = np.hstack([1 - second, second])"""


def predict_code(config: ExperimentConfig, classes: tuple[str, ...], levels: Levels | None = None) -> str:
    """Load the run's saved model, prepare one picture as in training, predict it.

    Args:
        classes: Names in the order of the model's outputs.
        levels: Those of the images that the network was trained on (`core.data.levels`).
    """
    return _code([decoder(levels)], _ONE, config, classes)


def predict_many_code(
    config: ExperimentConfig, classes: tuple[str, ...], levels: Levels | None = None
) -> str:
    """The same for the pictures of a folder or zip, the least certain first."""
    return _code([FILES, decoder(levels, heif=True)], _MANY, config, classes)


def _code(functions: list[str], ending: str, config: ExperimentConfig, classes: tuple[str, ...]) -> str:
    one_unit = output_units(len(classes)) == 1
    settings = {
        "size": config.data.image_size,
        "scaling": config.base.scaling,
        "count": len(classes),
        "classes": _listed(classes),
        "probabilities": _SIGMOID if one_unit else _SOFTMAX,
    }
    text = joined(_LOAD.format(**settings), *functions, ending.format(**settings)) + "\n"
    return f"{imports(text)}\n{text}"


def _listed(classes: tuple[str, ...]) -> str:
    quoted = [literal(name) for name in classes]
    line = f"[{', '.join(quoted)}]"
    if len(line) < 90:
        return line
    return "[\n" + "".join(f"    {name},\n" for name in quoted) + "]"
