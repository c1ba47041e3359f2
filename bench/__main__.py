"""python -m bench [NAME …] [--runs N] [--write]: measure, print, and with --write keep in docs/benchmarks.md."""

import argparse
import importlib
from datetime import UTC, datetime

from bench import report

NAMES = (
    "shell",
    "start",
    "unlock",
    "evaluate",
    "autosave",
    "forms",
    "lists",
    "exchange",
    "exchange_page",
    "server",
    "intake",
    "phones",
    "sync",
    "photos",
    "pull-cost",
    "queue-cost",
    "desk",
    "rush",
)
# bench/forms.py is the form of two other measurements.
MODULES = {
    "forms": "bench.peers.forms",
    "lists": "bench.peers.lists",
    "pull-cost": "bench.pull_cost",
    "queue-cost": "bench.queue_cost",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all when none is given")
    parser.add_argument("--runs", type=int, help="how often each figure is taken; each measurement has its own default")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    parser.add_argument("--scale", type=float, help="of rush: so much of the evening and of its phones, for trying")
    given = parser.parse_args()
    if given.scale is not None and (given.names != ["rush"] or given.write):
        parser.error("--scale is for trying rush, alone and without --write")
    how = {} if given.scale is None else {"scale": given.scale}
    for unknown in set(given.names) - set(NAMES):
        parser.error(f"there is no measurement {unknown}; there are {', '.join(NAMES)}")
    for name in given.names or NAMES:
        measurement = importlib.import_module(MODULES.get(name, f"bench.{name}"))
        rows = measurement.measure(given.runs or measurement.RUNS, **how)
        said = getattr(measurement, "table", report.table)(rows)
        print(f"\n{name}\n\n{said}", flush=True)
        if given.write:
            report.write(name, f"Taken {datetime.now(UTC):%Y-%m-%d %H:%M} UTC.\n\n{said}")


if __name__ == "__main__":
    main()
