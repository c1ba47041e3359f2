"""What the simulated phones decided: each distinct (state, event) once, with the state and effects it led to."""

import json
from typing import Any

from sync import device_core as core
from sync.codes import Status


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


class Traces:
    """`step` and `pick` are those of sync/device_core.py, noted; `as_json` is what the script is asked to repeat."""

    def __init__(self) -> None:
        self._steps: dict[tuple[str, str], str] = {}
        self._picks: dict[str, str] = {}

    def step(self, state: core.State, event: core.Event) -> core.Decided:
        """Decide, and note it."""
        after, effects = core.step(state, event)
        self._steps.setdefault((_text(state), _text(event)), _text([after, effects]))
        return after, effects

    def pick(self, queue: list[Any], tried: set[Any], bytes_max: int, items_max: int) -> core.Picked:
        """Pick a batch of queued items, and note it by place in the queue; every envelope is as long."""
        picked = core.pick(
            queue, bytes_max=bytes_max, items_max=items_max, tried=tried, envelope_bytes=lambda _: ENVELOPE_BYTES
        )
        names: dict[bytes, int] = {}
        rows = [[item.length, names.setdefault(item.envelope_id, len(names)), item.op in tried] for item in queue]
        self._picks.setdefault(_text([rows, bytes_max, items_max]), _text([picked.batch, picked.left]))
        return picked

    def merge(self, other: "Traces") -> None:
        """Take over what another run noted."""
        self._steps |= other._steps
        self._picks |= other._picks

    def as_json(self) -> str:
        """`{"states", "events", "effects", "steps": [[state, event, after, effects], …], "picks", …}`: the steps
        by their places in the three lists, sorted, so that equal runs give equal text (tests/js/core/traces.js)."""
        states, events, effects = _Places(), _Places(), _Places()
        steps = []
        for (state, event), decided in sorted(self._steps.items()):
            after, done = json.loads(decided)
            steps.append([states.of(state), events.of(event), states.of(_text(after)), effects.of(_text(done))])
        picks = [[json.loads(asked), json.loads(said)] for asked, said in sorted(self._picks.items())]
        parts = {"states": states.values, "events": events.values, "effects": effects.values}
        meanings = {status.value: core.meaning_of(status.value) for status in Status} | {"of a newer server": "waiting"}
        return json.dumps({**parts, "steps": steps, "picks": picks, "meanings": meanings}, separators=(",", ":"))

    def __len__(self) -> int:
        return len(self._steps)


class _Places:
    def __init__(self) -> None:
        self.values: list[Any] = []
        self._places: dict[str, int] = {}

    def of(self, text: str) -> int:
        if text not in self._places:
            self._places[text] = len(self.values)
            self.values.append(json.loads(text))
        return self._places[text]


ENVELOPE_BYTES = 113
