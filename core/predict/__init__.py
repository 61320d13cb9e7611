"""What trained networks say of pictures they never saw, and when not to believe it. No TensorFlow."""
