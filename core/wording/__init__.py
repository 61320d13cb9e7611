"""Sentences that several places use. No logic hangs on them. No TensorFlow."""
