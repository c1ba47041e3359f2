"""Identifiers: UUIDv7 (RFC 9562), made where a thing is created."""

import os
import time
from uuid import UUID


def uuid7(at_ms: int | None = None, random_bytes: bytes | None = None) -> UUID:
    """A UUIDv7 of this millisecond (or `at_ms`), with 74 random bits (or those of `random_bytes`, 10 bytes)."""
    milliseconds = time.time_ns() // 1_000_000 if at_ms is None else at_ms
    tail = int.from_bytes(os.urandom(10) if random_bytes is None else random_bytes, "big")
    value = (milliseconds & ((1 << 48) - 1)) << 80 | (tail & ((1 << 80) - 1))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)
