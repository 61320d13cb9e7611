"""Links of older versions, which named things by their words: what the words were, and the ids of today.

The words here are never shown, so they stay as they were whatever becomes of the app's.
"""

import re
from collections.abc import Mapping

_OPTIMIZERS = {"Adam": "adam", "RMSprop": "rmsprop", "SGD": "sgd"}
_STOPS = {"nothing · no layer": "0", "head only · all 154 layers": "154"}
_FIRST_LAYERS = re.compile(r".{1,30} · first ([0-9]{1,3}) layers")  # `block 11 · first 98 layers`

WORDS: dict[str, dict[str, str]] = {  # parameter -> words -> id
    "data": {"Handwritten digits": "digits", "Cats and dogs": "cats_and_dogs", "MNIST": "mnist",
             "Blood cells": "bccd_cells"},
    "unfreeze": _STOPS,
    "layer": _STOPS,
    "optimizer_frozen": _OPTIMIZERS,
    "optimizer_tuned": _OPTIMIZERS,
    "batch_norm": {"keep statistics": "inference", "use each batch": "batch"},
    "hidden": {"none": "0"},
    "layers_view": {"Map": "map", "Evidence": "evidence", "Inside a layer": "inside",
                    "What to freeze": "freeze"},
    "features_view": {"Shapes": "shapes", "Map of the images": "map", "One image": "one",
                      "By depth": "depth"},
    "data_view": {"Pictures": "pictures", "Balance and splits": "splits", "Check": "check",
                  "Data sets": "sources"},
    "tuning_view": {"Retrain": "retrain", "BatchNorm": "batch_norm", "Learning rate": "hurts",
                    "rate": "hurts", "From scratch": "scratch"},
    "predict_view": {"One picture": "one", "Many pictures": "many"},
    "predict_source": {"Your picture": "file", "Camera": "camera", "Validation image": "data",
                       "Sample photo": "sample"},
    "predict_photo": {"Cat": "chelsea", "Coffee": "coffee", "Astronaut": "astronaut", "Rocket": "rocket"},
    "predict_many_source": {"Files": "files", "A folder": "folder", "Validation images": "validation"},
    "compare_view": {"Numbers": "numbers", "Mistakes": "mistakes", "Certainty": "certainty", "Runs": "runs"},
    "checked_on": {"Validation images": "validation", "Test images": "test"},
    "certainty": {"Calibration": "calibration", "A class not to miss": "threshold", "5-fold": "folds",
                  "Several seeds": "seeds"},
    "augment_view": {"Variants": "variants", "One picture's features": "one", "Ranking": "ranking",
                     "Does it help here?": "gain"},
    "augment_phases": {"Both phases": "both", "Head only": "head"},
}  # fmt: skip


def today(parameter: str, said: str) -> str:
    """What a link would say today; `said` itself where it is no old word of this parameter."""
    if parameter in ("unfreeze", "layer") and (found := _FIRST_LAYERS.fullmatch(said)):
        return found[1]
    return WORDS.get(parameter, {}).get(said, said)


def data_set(said: str, titles: Mapping[str, str]) -> str:
    """The name of a data set that an old link gives by its title.

    Args:
        titles: Name -> title of the data sets here.
    """
    return next((name for name, title in titles.items() if title == said and said not in titles), said)
