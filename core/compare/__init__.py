"""Runs against each other: paired evidence, intervals, and what a difference is worth. No TensorFlow."""
