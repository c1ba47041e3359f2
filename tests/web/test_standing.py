"""What stands of a case when somebody wants to move it: also where a report says that nobody knows."""

from fieldapp.actions import case_moves
from fieldapp.actions.standing import standing_of
from fieldapp.models.cases import Case
from tests import plans_of_help


def test_a_follow_up_that_does_not_know_the_band_leaves_the_last_known_one(forms, county, session, clock):
    case = session.get_one(Case, (county.district, county.case_id))
    supervisor = county.acting(session, "supervisor")
    plans_of_help.assessment(session, clock(), county, "orange")
    plans_of_help.follow_up(session, clock(), county, band={"unknown": "does_not_know"})
    assert standing_of(session, supervisor, case, clock()).last_band == "orange"
    assert case_moves.ways(session, supervisor, case, clock())
