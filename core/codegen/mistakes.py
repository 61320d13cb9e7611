"""The code of the Mistakes view in Keras and scikit-learn, from a run's model file."""


def mistakes_code(image_size: int, num_classes: int) -> str:
    """Per-class numbers and Grad-CAM for a run's `model.keras`.

    Args:
        image_size: Side of the pictures in px, as the run was trained.
    """
    two = num_classes == 2
    answer = "(probabilities[:, 0] > 0.5).astype(int)" if two else "probabilities.argmax(axis=1)"
    score = "scores[0, 0] if class_index else -scores[0, 0]" if two else "scores[0, class_index]"
    return _CODE.format(size=image_size, answer=answer, score=score)


_CODE = '''\
import keras
import tensorflow as tf
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

model = keras.models.load_model("model.keras", compile=False)  # pixels 0..255 in, probabilities out


def per_class(images, labels):
    """images: (n, {size}, {size}, 3), 0..255; labels: (n,). Rows: precision, recall, F1, images."""
    probabilities = model.predict(images)
    predicted = {answer}
    print(confusion_matrix(labels, predicted))  # rows are true classes
    return precision_recall_fscore_support(labels, predicted, zero_division=0)


def grad_cam(pixels, class_index):
    """Evidence for a class, 0..1, by place. pixels: ({size}, {size}, 3), 0..255."""
    scaled = model.get_layer("rescaling")(tf.cast(pixels, tf.float32)[None])
    maps = model.get_layer("mobilenetv2")(scaled, training=False)  # what out_relu gives
    *hidden, last = model.get_layer("head").layers
    with tf.GradientTape() as tape:
        tape.watch(maps)
        values = model.get_layer("pooling")(maps)
        for layer in hidden:
            values = layer(values, training=False)
        scores = values @ last.kernel + last.bias  # before the softmax or sigmoid
        score = {score}
    weights = tf.reduce_mean(tape.gradient(score, maps), axis=(1, 2), keepdims=True)
    evidence = tf.nn.relu(tf.reduce_sum(weights * maps, axis=-1))[0]
    return (evidence / tf.maximum(tf.reduce_max(evidence), 1e-12)).numpy()
'''
