"""How files of a phone go up: whatever is lost on the way, each ends whole at the server or in a named refusal."""

import json
import random
from hashlib import sha256

import pytest

from sync import device_core, device_files, uploads
from tests.unit.sync.file_phones import FROZEN, STORMS, World, stormy


@pytest.mark.parametrize("part", range(5))
def test_after_a_storm_every_file_is_whole_at_the_server(part):
    for seed in STORMS[part::5]:
        world = stormy(seed)
        for ref, file in world.files.items():
            kept = world.server.files.get(ref)
            assert kept and kept.seq, f"seed {seed}: {ref} stands at {file['last']}"
            assert sha256(kept.came).digest() == kept.hash == sha256(file["sealed"]).digest(), f"seed {seed}: {ref}"
            assert file["last"] == "complete", f"seed {seed}: {ref}"


def test_a_cut_costs_at_most_the_piece_that_was_on_its_way():
    for seed in range(60):
        chance = random.Random(seed)
        fates = iter(chance.choices([None, "request", "reply"], weights=[6, 1, 1], k=400))
        world = World(chance, lambda fates=fates: next(fates))
        lengths = [chance.randrange(1_000, 900_000) for _ in range(3)]
        for length in lengths:
            world.take(length)
        while any(file["last"] != "complete" for file in world.files.values()):
            world.run()
            world.rest()
        # What went up twice is what was cut on its way, to the byte; a lost answer costs nothing
        assert world.sent_bytes == sum(lengths) + world.lost_bytes
        assert max(world.pieces) <= uploads.UPLOAD_CHUNK_BYTES_MAX


def test_a_piece_grows_to_what_the_link_takes_in_some_seconds_and_shrinks_with_it():
    state = {**device_files.initial(), "phase": "sending", "ref": "f", "bytes": 3_000_000}
    sizes = []
    for ms in (100, 100, 100, 5_000, 9_000, 9_000, 9_000, 9_000):
        sent = {"type": "sent", "offset": 65_536, "seq": None, "length": state["piece_bytes"], "ms": ms}
        state, _ = device_files.step(state, sent)
        sizes.append(state["piece_bytes"] // 1024)
    assert sizes == [128, 256, 256, 256, 128, 64, 32, 32]


@pytest.mark.parametrize("asked_s", [86_400, 30 * 86_400])
@pytest.mark.parametrize("core", [device_core, device_files])
def test_nobody_holds_reports_or_files_up_for_longer_than_an_hour(core, asked_s):
    busy = {"type": "failed", "code": "server_busy", "sent": 1, "random": 0, "retry_after_s": asked_s}
    _, effects = core.step({**core.initial(), "phase": "sending", "ref": "f"}, busy)
    assert [effect["ms"] for effect in effects if effect["do"] == "wait"] == [device_core.POLL_MAX_S * 1_000]


def test_thumbnails_go_first_of_the_newest_report_first_drafts_last_and_looks_after_all():
    def file(ref, size, rank, turn, check=False):
        return {"ref": ref, "bytes": size, "rank": rank, "turn": turn, "check": check}

    files = [
        file("look", 5, 9, 9, check=True), file("draft", 90_000, 0, 8), file("old", 90_000, 1, 1),
        file("new", 90_000, 2, 2), file("old thumb", 9_000, 1, 1), file("draft thumb", 9_000, 0, 8),
    ]  # fmt: skip
    went: list[str] = []
    while (found := device_files.next_file(files, set(went))) is not None:
        went.append(found["ref"])
    assert went == ["old thumb", "draft thumb", "new", "old", "draft", "look"]


def test_the_phones_decide_like_the_frozen_ones():
    frozen = json.loads(FROZEN.read_text("utf-8"))
    assert len(frozen["steps"]) > 300
    for before, event, after, done in frozen["steps"]:
        decided = device_files.step(frozen["states"][before], frozen["events"][event])
        assert decided == (frozen["states"][after], frozen["effects"][done])
