"""Sentences of every kind with the numbers that they may tell: see `grid`."""
