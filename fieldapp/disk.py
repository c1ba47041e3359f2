"""What reaches the disk: names of a folder, and digests of what lies there."""

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

PIECE_BYTES = 1 << 20  # of a large file, in memory at once


def fsync_folder(folder: Path) -> None:
    """Put the names in a folder onto the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folders(folder: Path) -> None:
    """Make a folder and those above it, each of them on the disk by its name."""
    if folder.is_dir():
        return
    make_folders(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    fsync_folder(folder.parent)


def digest_of(stream: BinaryIO) -> bytes:
    """SHA-256 of what is left of a stream, a piece at a time (also one of a bucket, which `hashlib` does not take)."""
    found = hashlib.sha256()
    while piece := stream.read(PIECE_BYTES):
        found.update(piece)
    return found.digest()
