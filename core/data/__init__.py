"""Images: finding, opening, checking, dividing and decoding them. No TensorFlow."""
