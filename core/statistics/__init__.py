"""How sure one can be: what every verdict is made of. No TensorFlow."""
