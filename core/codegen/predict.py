"""Written code that predicts pictures as a run does: lines to read, and a program to go with its model."""

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
_ABOUT = '''
"""Says what is on pictures, by the network beside this file. Nothing in it needs Thaw.

Needs: pip install numpy pillow, and for model.keras keras and tensorflow, for a .tflite file ai-edge-litert
Use:   python predict.py FOLDER_ZIP_OR_PICTURE [MODEL] > answers.csv

MODEL is the first of MODELS that lies beside this file, unless another is named.
"""

'''
_SETTINGS = """\
SIZE = {size}
MODELS = ("model.keras", "model.tflite", "model-int8.tflite")
HERE = Path(__file__).resolve().parent
LABELS = (HERE / "labels.txt").read_text(encoding="utf-8").splitlines()
"""
_NETWORK = '''
def network(path):
    """A function from pixels 0..255, uint8 (SIZE, SIZE, 3), to a probability a label."""
    if path.suffix == ".keras":
        import keras

        model = keras.models.load_model(path, compile=False)
        return lambda pixels: by_label(model.predict_on_batch(pixels[None].astype(np.float32))[0])
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:  # it is in TensorFlow, too
        from tensorflow.lite import Interpreter
    interpreter = Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    (given,), (made,) = interpreter.get_input_details(), interpreter.get_output_details()

    def run(pixels):
        interpreter.set_tensor(given["index"], pixels[None].astype(np.float32))
        interpreter.invoke()
        return by_label(interpreter.get_tensor(made["index"])[0])

    return run
'''
_PROGRAM = '''
def by_label(made):
    """Of one output, the probability of the second label, both probabilities."""
    return made if len(made) > 1 else np.array([1 - made[0], made[0]])


def main(place, model=None):
    """Write a line a picture; how many could not be read is told on standard error."""
    beside = [HERE / name for name in MODELS if (HERE / name).exists()]
    if not model and not beside:
        raise SystemExit(f"There is none of {', '.join(MODELS)} in {HERE}.")
    run = network(Path(model) if model else beside[0])
    one = os.path.isfile(place) and not zipfile.is_zipfile(place)
    found = {os.path.basename(place): Path(place).read_bytes} if one else files(place)
    table = csv.writer(sys.stdout, lineterminator="\\n")
    table.writerow(["image", "predicted", *(f"P({label})" for label in LABELS)])
    broken = 0
    for name, read in found.items():
        if not is_picture(name):
            continue
        try:
            probabilities = run(picture(read()))
        except Exception as problem:
            broken += 1
            print(f"{name} cannot be read: {problem}", file=sys.stderr)
            continue
        table.writerow([name, LABELS[int(np.argmax(probabilities))], *(f"{p:.6f}" for p in probabilities)])
    if broken:
        print(f"{broken} pictures could not be read.", file=sys.stderr)


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        raise SystemExit("Use: python predict.py FOLDER_ZIP_OR_PICTURE [MODEL]")
    sys.stdout.reconfigure(encoding="utf-8")
    main(*sys.argv[1:])
'''


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


def predict_program(image_size: int, levels: Levels | None = None) -> str:
    """`predict.py`, which lies beside an exported model, in any of its formats, and its `labels.txt`.

    Args:
        levels: Those of the images that the network was trained on (`core.data.levels`).
    """
    known = [FILES, decoder(levels, heif=True)]
    uses = joined(_SETTINGS.format(size=image_size), *known, _PROGRAM)  # the network imports for itself
    text = joined(_SETTINGS.format(size=image_size), *known, _NETWORK, _PROGRAM) + "\n"
    return f"{_ABOUT.lstrip()}{imports(uses)}\n{text}"


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
