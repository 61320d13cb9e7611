"""TensorFlow is configured once, before the first test that computes with it, as the worker does."""

import pytest


@pytest.fixture(scope="session")
def tensorflow_configured():
    from core import device

    device.configure()


@pytest.fixture(autouse=True)
def configured_where_needed(request):
    if request.node.get_closest_marker("tensorflow"):
        request.getfixturevalue("tensorflow_configured")
