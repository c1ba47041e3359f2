"""Rules taken away, one at a time: out of the text of the real rules (`cuts`), and what the simulator has beside them
(`broken`): its own table of requests, its disk, its numbers. The simulator has to notice that one is gone.

The real numbers, the real page and the real table of requests are taken away in test_taken_away.py and in
tests/js/core/test_taken_away.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sync import push
from tests.mutants import Cut, taken_out
from tests.simulation.run import Broken


@dataclass(frozen=True)
class Mutation:
    """What is taken away, and the invariant that it is there for."""

    missed_by: str
    cuts: tuple[Cut, ...] = ()
    broken: Broken = field(default_factory=Broken)

    @contextmanager
    def made(self) -> Iterator[Broken]:
        with taken_out(*self.cuts):
            yield self.broken


NO_PACKAGES = Cut(push.apply, {"store.answered(item.package_id)": "None", "store.remember(item, outcome)": "pass"})
NO_CONTENT_HASH = Cut(push._revision, {"known.content_hash == head.body_hash": "True"})
NO_PARENTS = Cut(push._revision, {"record.head_revision_id not in head.parents": "False"})

MUTATIONS = {
    "operation_table": Mutation("I2", (NO_PACKAGES,), Broken(remembers_requests=False)),
    "content_hash": Mutation("I3", (NO_CONTENT_HASH,)),
    "parent_check": Mutation("I11", (NO_PARENTS,)),
    "head_row_bump": Mutation("I5", broken=Broken(draws_numbers_early=True)),
    "page_transaction": Mutation("I5", broken=Broken(page_in_one_transaction=False)),
    "queue_counted_anew": Mutation("I14", broken=Broken(counts_anew=False)),
}
