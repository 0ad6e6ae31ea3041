"""Digests of JSON-like values: equal values, equal digests, on whatever machine."""

import hashlib
import hmac
import json
from typing import Any


def canonical(value: Any) -> str:
    """Write a value as JSON in the one way that does not depend on the order of its keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)


def digest_of(value: Any) -> str:
    """Return the SHA-256 of a value, in hexadecimal digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def keyed_digest(text: str, key: bytes) -> str:
    """Return the HMAC-SHA-256 of a secret text: it says nothing to who has not the key."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
