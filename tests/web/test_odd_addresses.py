"""What nobody types by hand at the desk is refused with a reason, and never an error of the server."""

import pytest

from tests import factories


@pytest.mark.parametrize("at", ["999999999999999", "²", "٣", "-1", "1.5"])
def test_a_place_in_the_queue_that_is_none_is_refused(at_desk, county, at):
    assert at_desk("supervisor").get(f"/queue?after={at}.{factories.new_id()}").status_code == 400


@pytest.mark.parametrize(("first", "last"), [("9999-12-31", "9999-12-31"), ("2027-12-01", "2027-12-02")])
def test_a_deputy_is_not_named_for_a_day_more_than_a_year_ahead(at_desk, county, first, last):
    form = {"principal": str(county.supervisor_id), "deputy": str(county.caseworker_id)}
    answer = at_desk("supervisor").post("/deputies", first_day=first, last_day=last, **form)
    assert answer.status_code == 422


def test_phones_are_decided_about_only_for_a_division_that_exists(at_desk, county):
    desk = at_desk("administrator")
    assert desk.get("/admin/policy?region=990101100").status_code == 200
    assert desk.get("/admin/policy?region=990101777").status_code == 404
    assert desk.post("/admin/policy", region="990101" + "9" * 60, role="", idle_s="240").status_code == 404
