"""static/js/sync.js decides as sync/device_core.py did for the phones of the simulator, and more/sync-files.js as
sync/device_files.py did in every storm: every decision, in one page.

All are pure, so each distinct (state, event) is asked once. The frozen ones are what phones decided when this was
written; where the rules are changed on purpose, `python -m tests.simulation.seeds` writes them anew.
"""

import json

import pytest

from sync import device_core as core
from tests.simulation.seeds import FROZEN, played
from tests.unit.sync.file_phones import STORMS, traces

ASKED_AT_LEAST = 10_000
ASKED_OF_FILES_AT_LEAST = 2_500
REPLAY = """async (text) => (await import("/tests/js/core/traces.js")).replay(JSON.parse(text))"""
REPLAY_FILES = """async (text) => (await import("/tests/js/core/file_traces.js")).replay(JSON.parse(text))"""


@pytest.mark.browser
def test_the_script_decides_like_the_phones_of_every_seed(js_page, run_folder):
    seeds = played(run_folder)
    assert seeds.decisions >= ASKED_AT_LEAST
    assert js_page.evaluate(REPLAY, seeds.traces) == []


@pytest.mark.browser
def test_the_script_decides_like_the_frozen_phones(js_page):
    assert js_page.evaluate(REPLAY, FROZEN.read_text("utf-8")) == []


@pytest.mark.browser
def test_the_script_sends_files_like_the_phones_of_every_storm(js_page):
    decided = traces(STORMS)
    assert len(decided["steps"]) >= ASKED_OF_FILES_AT_LEAST
    assert js_page.evaluate(REPLAY_FILES, json.dumps(decided)) == []


def test_the_simulated_phones_decide_like_the_frozen_ones():
    frozen = json.loads(FROZEN.read_text("utf-8"))
    states, events, effects = frozen["states"], frozen["events"], frozen["effects"]
    for before, event, after, done in frozen["steps"]:
        assert core.step(states[before], events[event]) == (states[after], effects[done])
