"""The commands of `python -m core`: each takes the parsed arguments, prints, and may give an exit code."""
