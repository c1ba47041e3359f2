"""What one unlock costs on a phone, made cheap for tests as tests/conftest.py does it for the server's passwords: never
by a switch in what is shipped. tests/js/core/test_argon2id.py derives at the real cost and holds limits.js to it; the
journeys on the real processes pay it too.
"""

import re

from fieldapp.assets import Asset, Assets

FILE = "js/limits.js"
_COST = re.compile(rb"memory_kib:(\d+),iterations:\d+")


def quick(content: bytes) -> bytes:
    """`limits.js`, shrunk, with a thousandth of the memory. Raises AssertionError where the costs are not found."""
    cheap, found = _COST.subn(lambda cost: b"memory_kib:%d,iterations:1" % (int(cost[1]) // 1024), content)
    assert found == 3, f"{FILE} no longer says three costs"
    return cheap


class QuickAssets(Assets):
    """All files as they are served, but for this one."""

    def get(self, path: str) -> Asset | None:
        asset = super().get(path)
        return Asset(quick(asset.content), asset.mimetype) if asset is not None and path == FILE else asset
