"""What the worker computes to explain: `studies`, and one module a kind of study. They import TensorFlow.

Each has `compute(context) -> (record, arrays)`: a record of plain JSON values and named NumPy arrays. Both
go into the store, where a page finds them.
"""
