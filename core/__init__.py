"""Thaw's core: build, train, cache and explain MobileNetV2 transfer learning. It never imports Streamlit."""
