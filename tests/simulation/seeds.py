"""The seeds of `make test`, each run once: who looks at the runs, and who replays their decisions, share them."""

import fcntl
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.simulation.run import Run
from tests.simulation.traces import Traces

FOUND = (2707, 4446)  # by the long run: the flash was full at the unlock that was to seal an entry anew
SEEDS = (*range(500), *FOUND)
FROZEN = Path(__file__).parents[1] / "vectors" / "sync" / "traces.json"
FROZEN_SEEDS = range(4)
FAILURES_TOLD = 5


@dataclass(frozen=True)
class Played:
    """What the phones of all seeds decided (`Traces.as_json`), in how many decisions, and what was broken where."""

    traces: str
    decisions: int
    broken: list[str]


def played(folder: Path) -> Played:
    """Play all seeds, or read what another process of this run has played; `folder` belongs to the run.

    Processes cannot be told which tests to take together, and half a minute is too long to spend twice: who comes
    second waits for the first, and plays itself where that one was ended.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "seeds.json").open("a+", encoding="utf-8") as kept:
        fcntl.flock(kept, fcntl.LOCK_EX)
        kept.seek(0)
        known = kept.read()
        if known:
            return Played(**json.loads(known))
        traces, broken = play(SEEDS)
        found = Played(traces.as_json(), len(traces), list(broken))
        kept.write(json.dumps(asdict(found)))
    return found


def play(seeds: Iterable[int]) -> tuple[Traces, tuple[str, ...]]:
    """Run these seeds; stops where enough is broken."""
    traces, broken = Traces(), []
    for seed in seeds:
        run = Run(seed)
        try:
            run.play()
        except AssertionError as error:
            broken.append(str(error))
        traces.merge(run.traces)
        if len(broken) == FAILURES_TOLD:
            break
    return traces, tuple(broken)


if __name__ == "__main__":
    FROZEN.parent.mkdir(exist_ok=True)
    FROZEN.write_text(play(FROZEN_SEEDS)[0].as_json() + "\n", "utf-8")
    sys.stdout.write(f"{FROZEN}\n")
