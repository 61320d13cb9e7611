"""Thaw's core: build, train, cache and explain MobileNetV2 transfer learning. It never imports Streamlit."""

__version__ = "0.2.0.dev0"  # the one place: pyproject.toml, receipts and `--version` take it from here
