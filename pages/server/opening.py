"""Shows the app to whoever started it at their own machine, as Streamlit does for a plain script."""

import asyncio
import ctypes
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import streamlit as st
from streamlit import config

from pages.server.ways import base

_ARENA_MAX = -8  # `M_ARENA_MAX` of glibc's malloc.h
AFTER_SECONDS = 0.5  # the server listens right after this hook


@asynccontextmanager
async def opened(_app: st.App) -> AsyncIterator[None]:
    """While the server runs: a page in the browser, unless `server.headless` says that nobody is there."""
    spare_memory()
    if not config.get_option("server.headless"):
        address = config.get_option("server.address") or "localhost"
        url = f"http://{address}:{config.get_option('server.port')}{base()}"
        loop = asyncio.get_running_loop()
        loop.call_later(AFTER_SECONDS, loop.run_in_executor, None, webbrowser.open, url)
    yield


def spare_memory() -> None:
    """Let all threads take memory from one pool. By itself glibc makes a pool for each of a dozen of them and
    gives little of it back: with thirty people 530 MB instead of 450.
    """
    with suppress(OSError, AttributeError):  # another system's C library
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)
