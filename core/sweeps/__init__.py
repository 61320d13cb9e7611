"""Sweeps: runs that differ in named settings and seeds, asked for as one question and trained in one go."""
