"""Her roles were changed: `me` says it to her phone for thirty days, and by whom."""

from datetime import timedelta

from fieldapp.db import milliseconds
from fieldapp.models import bundles
from fieldapp.models.accounts import Role, RoleGrant
from tests import factories


def told(session, county, who, at):
    notices = bundles.me_of(session, county.acting(session, who), at)["notices"]
    return [(one["kind"], one["at"], one["by"]) for one in notices]


def test_a_role_that_came_or_ended_is_told_for_thirty_days(session, county, clock):
    began = clock()
    assert told(session, county, "caseworker", began) == [], "what she began with is no change"
    clock.advance(days=2)
    grant_id = factories.grant(session, clock(), county.caseworker_id, Role.VILLAGE, county.village)
    row = session.get(RoleGrant, (county.district, grant_id))
    row.granted_by = county.administrator_id
    came = milliseconds(clock())
    assert told(session, county, "caseworker", clock()) == [("role", came, ["周木"])]
    # An end that lies ahead is told when it comes, newest first; of it nobody is noted
    row.until = clock() + timedelta(days=9)
    session.flush()
    assert told(session, county, "caseworker", clock()) == [("role", came, ["周木"])]
    clock.advance(days=9)
    ended = milliseconds(clock())
    assert told(session, county, "caseworker", clock()) == [("role", ended, []), ("role", came, ["周木"])]
    assert told(session, county, "supervisor", clock()) == []
    # Taken away before, it ended once
    row.ended_at = clock() - timedelta(days=1)
    session.flush()
    assert [at for _, at, _ in told(session, county, "caseworker", clock())] == [milliseconds(row.ended_at), came]
    clock.advance(days=31)
    assert told(session, county, "caseworker", clock()) == []
