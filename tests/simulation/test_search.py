"""Two phones, a supervisor, two records: whatever happens in whatever order, within so many steps, nothing is lost."""

import pytest

from tests.simulation.mutations import MUTATIONS
from tests.simulation.search import Search

DEPTH, DEPTH_OF_SOAK = 9, 12  # each step more is twice the moments; twelve want ten minutes and a gigabyte or two
MOMENTS_AT_LEAST = 30_000


def test_no_interleaving_of_two_phones_and_a_supervisor_loses_anything():
    assert Search().to_depth(DEPTH) >= MOMENTS_AT_LEAST


def test_a_head_that_anything_may_replace_is_found_within_a_few_steps():
    mutation = MUTATIONS["parent_check"]
    with mutation.made(), pytest.raises(AssertionError, match=f"{mutation.missed_by}: .* by write"):
        Search().to_depth(DEPTH)


@pytest.mark.soak
def test_no_interleaving_of_twelve_steps_loses_anything():
    Search().to_depth(DEPTH_OF_SOAK)
