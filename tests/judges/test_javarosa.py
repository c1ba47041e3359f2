"""JavaRosa, the engine of ODK Collect, as referee: forms drawn from a seed, and our own frozen expressions.

Where it answers otherwise, differences.json names the case and the rule of ours that makes it.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from fieldapp.forms.evaluate import open_instance
from fieldapp.forms.plan import Plan
from fieldapp.forms.publish import compile_xlsform
from tests.judges import listed
from tests.judges.javarosa import drawn
from tests.judges.javarosa.referee import Referee, Refused, State, xform
from tests.unit.forms import vectors

pytestmark = pytest.mark.soak
FORMS = 400
NOW_MS = 1772321400250
# What only we have (dates known to a year or a month, answers "unknown", our own functions), and what JavaRosa takes
# from the clock and the dice of the machine.
OURS_ALONE = re.compile(r"fa:|\b(y20|m2005|unk)\b|\b(today|now|random|uuid|once)\(")


@pytest.fixture(scope="module")
def referee() -> Iterator[Referee]:
    with Referee() as opened:
        yield opened


# ---- forms drawn from a seed ----------------------------------------------------------------------------------------


def test_drawn_forms_hold_the_same_values_in_javarosa_after_every_answer(referee: Referee) -> None:
    ran, differences = 0, []
    for seed in range(FORMS):
        form = drawn.draw(seed)
        trace = _Trace(referee, form)
        for step in (("open",), *form.steps):
            ran += 1
            # One a form: what follows from the first would be told again and again.
            if found := trace.differs_after(step):
                name, theirs, ours = found
                differences.append(listed.Difference(f"{seed}.{name}", form.asked[name], theirs, ours))
                break
    listed.check("drawn", ran, differences)


class _Trace:
    """The same form in both engines."""

    def __init__(self, referee: Referee, form: drawn.Drawn):
        self.referee, self.form = referee, form
        self.plan: Plan = compile_xlsform(form.source, "md")
        self.instance = open_instance(self.plan, now_ms=NOW_MS, zone="Asia/Shanghai")
        self.rows: dict[str, list[str]] = {}  # by place of the repeat, without a number

    def differs_after(self, step: tuple[str, ...]) -> tuple[str, str, str] | None:
        """Name of the first node that differs after this step, theirs, ours; None where none does."""
        state = self._do(step)
        theirs = {place: value for place, value in state.items() if not place.startswith("/data/meta")}
        sent = _flat(self.instance.submission(), "/data")
        for place, value in theirs.items():
            name = place.rpartition("/")[2].partition("[")[0]
            ours = sent.get(place, "")
            if not _same(value.text if value.relevant else "", ours):
                return name, value.text if value.relevant else "", ours
            if name in self.form.questions:
                view = self.instance.view(self._path(place))
                if view["relevant"] != value.relevant:
                    return name, f"relevant: {value.relevant}", f"relevant: {view['relevant']}"
                broken = (view["error"] or {}).get("code") == "constraint"
                if value.relevant and value.constraint is not None and broken == value.constraint:
                    return name, f"constraint holds: {value.constraint}", f"constraint holds: {not broken}"
        missing = sorted(sent.keys() - theirs.keys())
        return (missing[0], "no such node", sent[missing[0]]) if missing else None

    def _do(self, step: tuple[str, ...]) -> State:
        if step[0] == "open":
            return self.referee.open(xform(self.form.source))
        place = step[1]
        if step[0] == "add":
            repeat = place.rpartition("[")[0]
            rows = self.rows.setdefault(repeat, [])
            rows.append(f"row-{len(rows)}")
            self.instance.add_repeat(self._path(repeat), rows[-1])
            return self.referee.add(place)
        _, _, kind, text = step
        self.instance.set(self._path(place), drawn.answer_of(kind, text))
        return self.referee.set(place, text)

    def _path(self, place: str) -> str:
        """`/data/r0[2]/q3[1]` as our paths have it."""
        above, path = "/data", []
        for step in place.split("/")[2:]:
            name, _, number = step.partition("[")
            rows = self.rows.get(f"{above}/{name}")
            path.append(f"{name}[{rows[int(number[:-1]) - 1]}]" if rows and number else name)
            above += f"/{step}"
        return ".".join(path)


# ---- our own expressions --------------------------------------------------------------------------------------------


def test_our_frozen_expressions_have_the_same_value_in_javarosa(referee: Referee) -> None:
    data, _ = vectors.load()
    referee.open(xform("\n".join(data["form"])))
    places = {"": "/data"}
    _fill(referee, data["answers"], "/data", "", places)
    ran, differences = 0, []
    for vector in data["vectors"]:
        if OURS_ALONE.search(vector["xpath"]):
            continue
        ran += 1
        above, _, name = vector["at"].rpartition(".")
        place = places.get(vector["at"]) or f"{places[above]}/{name}[1]"
        try:
            theirs = referee.evaluate(place, vector["xpath"])
        except Refused as refused:
            theirs = str(refused).split("\n")[0]
        if not _same(theirs, vector["value"]):
            key = f"{vector['at']}: {vector['xpath']}" if vector["at"] else vector["xpath"]
            differences.append(listed.Difference(key, vector["xpath"], theirs, vector["value"]))
    listed.check("vectors", ran, differences)


def _fill(referee: Referee, answers: dict[str, Any], place: str, path: str, places: dict[str, str]) -> None:
    """Every answer of ours set there; `places` learns where each path lies."""
    for name, value in answers.items():
        if name == "_id":
            continue
        below = f"{path}.{name}".lstrip(".")
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for at, row in enumerate(value, 1):
                referee.add(f"{place}/{name}[{at}]")
                places[f"{below}[{row['_id']}]"] = f"{place}/{name}[{at}]"
                _fill(referee, row, f"{place}/{name}[{at}]", f"{below}[{row['_id']}]", places)
            continue
        places[below] = f"{place}/{name}[1]"
        if not isinstance(value, dict) and not OURS_ALONE.search(name):
            referee.set(places[below], " ".join(value) if isinstance(value, list) else str(value))


# ---- both -----------------------------------------------------------------------------------------------------------


def _flat(answers: dict[str, Any], place: str) -> dict[str, str]:
    """Text of every answer, by place."""
    found: dict[str, str] = {}
    for name, value in answers.items():
        if name.startswith("_"):
            continue
        if isinstance(value, dict):
            found |= _flat(value, f"{place}/{name}[1]")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for at, row in enumerate(value, 1):
                found |= _flat(row, f"{place}/{name}[{at}]")
        else:
            found[f"{place}/{name}[1]"] = " ".join(value) if isinstance(value, list) else str(value)
    return found


def _same(theirs: str, ours: str) -> bool:
    """Numbers as far as a double tells them apart; JavaRosa's NaN is our blank."""
    if theirs == ours or (theirs == "NaN" and ours == ""):
        return True
    try:
        there, here = float(theirs), float(ours)
    except ValueError:
        return False
    return abs(there - here) <= 1e-12 * max(abs(there), abs(here))
