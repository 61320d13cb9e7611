"""Photos from outside: taking them in, checking every one, and a report on what was taken in. No TensorFlow.

Whoever made the files may mean harm: nothing a file says of itself (its path, ending or size) is believed.
"""
