"""The optimizers a phase can learn by. To add one, add its line.

The config check, the terminal, the page's controls, the address bar, the words and the written code are made
from this list. Keras's own defaults hold, but for the learning rate.
"""

# Name in a config -> Keras's class, which is what a person reads, too
OPTIMIZERS = {
    "adam": "Adam",
    "rmsprop": "RMSprop",
    "sgd": "SGD",
}


def code(name: str, learning_rate: float) -> str:
    """As it is made in Keras: `keras.optimizers.Adam(0.0001)`. Written out whole and always as a float, for
    `Adam(1)` is refused by Keras."""
    return f"keras.optimizers.{OPTIMIZERS[name]}({learning_rate!r})"
