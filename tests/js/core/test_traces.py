"""static/js/sync.js decides as sync/device_core.py did for the phones of the simulator: every decision, in one page.

Both are pure, so each distinct (state, event) is asked once. The frozen ones are what phones decided when this was
written; where the rules are changed on purpose, `python -m tests.simulation.seeds` writes them anew.
"""

import json

import pytest

from sync import device_core as core
from tests.simulation.seeds import FROZEN, played

ASKED_AT_LEAST = 10_000
REPLAY = """async (text) => (await import("/tests/js/core/traces.js")).replay(JSON.parse(text))"""


@pytest.mark.browser
def test_the_script_decides_like_the_phones_of_every_seed(js_page, run_folder):
    seeds = played(run_folder)
    assert seeds.decisions >= ASKED_AT_LEAST
    assert js_page.evaluate(REPLAY, seeds.traces) == []


@pytest.mark.browser
def test_the_script_decides_like_the_frozen_phones(js_page):
    assert js_page.evaluate(REPLAY, FROZEN.read_text("utf-8")) == []


def test_the_simulated_phones_decide_like_the_frozen_ones():
    frozen = json.loads(FROZEN.read_text("utf-8"))
    states, events, effects = frozen["states"], frozen["events"], frozen["effects"]
    for before, event, after, done in frozen["steps"]:
        assert core.step(states[before], events[event]) == (states[after], effects[done])
