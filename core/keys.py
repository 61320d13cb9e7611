"""Content keys: what a thing is made from decides its name, never a clock or a counter.

The prefix (`run-v1`) names the format. Change what goes into a key, or what the stored bytes mean,
and the version must go up: every older entry is then simply not found and made anew.
"""

import hashlib
import json
import re

KEY_PATTERN = re.compile(r"[a-z]+-v[0-9]+-[0-9a-f]{16}")


def canonical_json(value) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text on every machine."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def content_key(prefix: str, value) -> str:
    """`prefix` and 16 hex digits (64 bits) of the SHA-256 of the canonical JSON of `value`."""
    digest = hashlib.sha256(canonical_json(value).encode("ascii")).hexdigest()
    return f"{prefix}-{digest[:16]}"


def is_key(text: str) -> bool:
    """Whether `text` has the form of a key. Anything else never becomes part of a path."""
    return isinstance(text, str) and KEY_PATTERN.fullmatch(text) is not None
