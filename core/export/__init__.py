"""A finished run to take along: the model, its labels, the code that uses it, and what to know of it."""
