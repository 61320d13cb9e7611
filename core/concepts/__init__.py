"""What the concept pages show and say, as records, tables and sentences. No TensorFlow."""
