"""The whole pretrained network with its 1,000-class head, as Keras itself loads it: for 224 px."""

import keras

from core.method import weights


def load_with_top() -> keras.Model:
    return keras.applications.MobileNetV2(weights=str(weights.find().path))
