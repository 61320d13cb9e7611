"""What C++ prints stays off the terminal, and the process's output is its own again after any overlap.

Each case runs in a process of its own, whose descriptors are pipes: what arrives there is what a terminal
would have shown.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BEGIN = """
import os, sys, threading
from core.method.quiet import quiet
def out(text): os.write(1, text.encode())  # as C++ does
def err(text): os.write(2, text.encode())
"""


def run(code: str) -> tuple[str, str]:
    """What a process said on its two streams."""
    done = subprocess.run([sys.executable, "-c", BEGIN + code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_the_body_is_silent_and_what_stands_around_it_is_not():
    said = run("""
print("before")
with quiet():
    out("noise"); err("noise"); print("noise"); print("noise", file=sys.stderr)
print("after")
err("after")
""")
    assert said == ("before\nafter\n", "after")


def test_two_threads_that_overlap_leave_the_output_where_it_was():
    said = run("""
for _ in range(50):  # the first to begin is the first to end, which once left the other's file behind
    begun, ended = threading.Event(), threading.Event()
    def first():
        with quiet():
            out("noise"); begun.wait()
        ended.set()
    thread = threading.Thread(target=first); thread.start()
    with quiet():
        begun.set(); ended.wait(); err("noise")
    thread.join()
out("here"); err("there")
""")
    assert said == ("here", "there")


def test_many_threads_at_once_leave_the_output_where_it_was_and_no_descriptor_open():
    said = run("""
def work():
    for _ in range(200):
        with quiet(), quiet():
            out("noise")
before = len(os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else 0
threads = [threading.Thread(target=work) for _ in range(8)]
[thread.start() for thread in threads]; [thread.join() for thread in threads]
after = len(os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else 0
print(after - before)
""")
    assert said == ("0\n", "")


def test_a_body_that_fails_shows_what_was_said_since_it_began():
    said = run("""
def other():
    with quiet():
        out("early "); ready.set(); over.wait()
ready, over = threading.Event(), threading.Event()
thread = threading.Thread(target=other); thread.start(); ready.wait()
try:
    with quiet():
        out("this "); print("and this")
        raise ValueError
except ValueError:
    over.set()
thread.join()
out("after")
""")
    assert said == ("after", "this and this\n")


def test_where_no_file_can_be_made_the_body_is_silent_all_the_same():
    said = run("""
import tempfile
def full(**how): raise OSError(28, "No space left on device")
tempfile.TemporaryFile = full
with quiet():
    out("noise")
out("after")
""")
    assert said == ("after", "")
