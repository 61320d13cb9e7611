"""How a script decides by its answers: the temperature, and the threshold of a class not to be missed."""

from core.alarm import Alarm
from core.codegen.pieces import literal
from core.statistics.temperature import EPSILON, RANGE

_TEMPERATURE = f'''

def temperature(probabilities, labels):
    """What to divide logits by for the lowest loss of these images (Guo et al. 2017); None where no number
    does: every image is right, say. Confidences then fit better; which class is named stays as it is."""
    p = np.clip(probabilities.astype(np.float64), {EPSILON}, 1 - {EPSILON})
    logits = np.log(np.hstack([1 - p, p]) if p.shape[1] == 1 else p)

    def slope(inverse):  # of the mean loss, which is convex in the temperature's inverse
        soft = np.exp(inverse * (logits - logits.max(axis=1, keepdims=True)))
        soft /= soft.sum(axis=1, keepdims=True)
        return ((soft * logits).sum(axis=1) - logits[np.arange(len(labels)), labels]).mean()

    low, high = {1 / RANGE[1]:g}, {1 / RANGE[0]:g}
    if not slope(low) < 0 < slope(high):
        return None
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if slope(middle) > 0 else (middle, high)
    return float(1 / middle)
'''

_THRESHOLD = '''

def threshold(probabilities, labels):
    """The highest probability of {name} that finds {find:g} of it; an alarm is one at or above."""
    scores = {score}
    of_class = np.sort(scores[labels == {label}])[::-1]
    return float(of_class[int(np.ceil({find!r} * len(of_class) - 1e-9)) - 1])
'''


def ending(alarm: Alarm | None, classes: tuple[str, ...]) -> str:
    """The end of a script: the test result, and what is fitted on validation images."""
    known = alarm if alarm is not None and alarm.class_name in classes else None
    told = ['    "history": history,', '    "test": {"loss": loss, "accuracy": accuracy, "n": len(y_test)},']
    told.append('    "temperature": temperature(said, y_validation),')
    text = _TEMPERATURE
    if known is not None:
        label = classes.index(known.class_name)
        score = f"probabilities[:, {label}].astype(np.float64)"
        if len(classes) == 2:
            second = "probabilities[:, 0].astype(np.float64)"
            score = second if label else f"1 - {second}"
        name = literal(known.class_name).replace("\\", "/").replace('"', "'")
        text += _THRESHOLD.format(name=name, find=known.find, score=score, label=label)
        told.append('    "threshold": threshold(said, y_validation),')
    return (
        f"{text}\n\nloss, accuracy = model.evaluate(x_test, y_test, verbose=0)\n"
        "said = model.predict(x_validation, verbose=0)  # validation decides, test only tells\n"
        "print(json.dumps({\n" + "\n".join(told) + "\n}))\n"
    )
