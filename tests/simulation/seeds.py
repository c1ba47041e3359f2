"""The seeds of `make test`, each run once in a process: who looks at the runs, and who replays their decisions, share
them."""

import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tests.simulation.run import Run
from tests.simulation.traces import Traces

SEEDS = range(500)
FROZEN = Path(__file__).parents[1] / "vectors" / "sync" / "traces.json"
FROZEN_SEEDS = range(4)
FAILURES_TOLD = 5


@cache
def played() -> tuple[Traces, tuple[str, ...]]:
    """(what the phones of all seeds decided, what was broken in which seed)."""
    return play(SEEDS)


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
