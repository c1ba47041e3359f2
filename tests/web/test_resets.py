"""Acts that need two people: who asks, who confirms, what is carried out, and that she is told."""

import re
from uuid import UUID

import pytest
from sqlalchemy import select

from fieldapp import cli
from fieldapp.actions import resets
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import bundles, server_keys
from fieldapp.models.accounts import Account, RoleGrant
from fieldapp.models.audit import AuditRow
from fieldapp.models.credentials import AuthenticatorApp, TwoPersonKind, TwoPersonRequest
from fieldapp.models.feed import FeedRow
from fieldapp.models.vaults import DeviceCode
from tests import factories
from tests.desk_fixtures import Desk
from tests.server_fixtures import OriginClient

PASSWORD_SHOWN = re.compile(r'id="new-password-text"><code>([0-9A-Z]{12})</code>')


@pytest.fixture
def officer(session, county, clock):
    """A data-protection officer of the county, login "officer"."""
    made = factories.person(
        session, clock(), factories.Role.DATA_PROTECTION, county.district, name="沈知", login="officer"
    )
    server_keys.make_server_keys(session, clock())
    session.commit()
    return made


@pytest.fixture
def asked(at_desk, officer, county, app):
    """Ask as the administrator: (her desk, the id of the request)."""

    def ask(kind, subject_id):
        desk = at_desk("administrator")
        desk.get(f"/admin/people/{subject_id}")
        assert desk.post(f"/admin/people/{subject_id}/ask", kind=kind).status_code == 303
        with app.app_context(), reading() as session:
            newest = select(TwoPersonRequest.request_id).order_by(TwoPersonRequest.asked_at.desc())
            return desk, session.scalars(newest).first()

    return ask


def do(desk, request_id, act):
    desk.get("/admin/requests")
    return desk.post(f"/admin/requests/{request_id}/{act}")


def test_a_password_is_reset_by_two_and_she_is_told_by_whom(asked, at_desk, app, county, clock):
    supervisor = at_desk("supervisor")
    desk, request_id = asked("password", county.supervisor_id)
    assert do(desk, request_id, "carry-out").status_code == 409 and "two_people_needed" in desk.page
    assert do(at_desk("officer"), request_id, "confirm").status_code == 303
    password = PASSWORD_SHOWN.search(do(desk, request_id, "carry-out").text)[1]
    assert do(desk, request_id, "carry-out").status_code == 409 and "request_over" in desk.page
    assert supervisor.get("/").headers["Location"].startswith("/sign-in")
    her = at_desk("supervisor", password)
    page = her.get("/password").text
    assert "为您重设了密码" in page and "提出人：周木。" in page and "确认人：沈知。" in page
    assert her.post("/password", old=password, new="her own password 42").status_code == 303
    assert "为您重设了密码" in her.get("/session/own").text, "choosing one's own does not end it"
    with app.app_context(), reading() as session:
        acts = set(session.scalars(select(AuditRow.act)))
        assert {"ask_for_reset", "confirm_reset", "carry_out_reset", "set_password"} <= acts
        told = bundles.me_of(session, county.acting(session, "supervisor"), clock())["notices"]
        assert [(one["kind"], one["by"]) for one in told] == [("password", ["周木", "沈知"])]
        assert session.scalars(select(FeedRow).where(FeedRow.ref == "me")).first() is not None
    clock.advance(days=31)
    assert "为您重设了密码" not in at_desk("supervisor", "her own password 42").get("/").text


def test_a_second_factor_is_removed_by_two_and_set_up_anew(asked, at_desk, app, config, county):
    desk, request_id = asked("second_factor", county.supervisor_id)
    do(at_desk("officer"), request_id, "confirm")
    assert do(desk, request_id, "carry-out").status_code == 303
    with app.app_context(), reading() as session:
        assert session.get(AuthenticatorApp, (county.district, county.supervisor_id)) is None
    client = OriginClient(app, app.response_class, use_cookies=True)
    client.origin = config.desk_origin
    her = Desk(client)
    her.begin("supervisor")
    assert her.get("/session/second-factor").headers["Location"] == "/session/set-up"


def test_the_first_device_code_is_one_persons_to_give_and_every_later_one_needs_two(
    asked, at_desk, session, county, clock
):
    desk, request_id = asked("device", county.caseworker_id)
    assert desk.post(f"/admin/people/{county.caseworker_id}/device-code").status_code == 200
    vault_id = factories.vault(session, clock(), county, county.caseworker_id, issued_by=county.administrator_id)
    session.commit()
    assert isinstance(vault_id, UUID)
    assert desk.post(f"/admin/people/{county.caseworker_id}/device-code").status_code == 409
    assert "two_people_needed" in desk.page
    do(at_desk("officer"), request_id, "confirm")
    assert 'id="device-code"' in do(desk, request_id, "carry-out").text
    assert len(session.scalars(select(DeviceCode)).all()) == 2


@pytest.mark.parametrize("who", ["administrator", "supervisor", "caseworker"])
def test_neither_the_asker_nor_somebody_without_the_right_confirms(asked, at_desk, session, county, who):
    _, request_id = asked("password", county.caseworker_id)
    answer = do(at_desk(who), request_id, "confirm")
    assert answer.status_code in (403, 404)
    assert session.get_one(TwoPersonRequest, (county.district, request_id)).confirmed_at is None


def test_nobody_confirms_what_is_done_upon_herself_or_asks_for_it(asked, at_desk, session, county, officer):
    _, request_id = asked("second_factor", officer)
    answer = do(at_desk("officer"), request_id, "confirm")
    assert answer.status_code == 403 and "another_person_confirms" in answer.text
    desk = at_desk("administrator")
    answer = desk.post(f"/admin/people/{county.administrator_id}/ask", kind="password")
    assert (answer.status_code, "not_oneself" in answer.text) == (409, True)


def made_by(session, county, clock, giver, role, login):
    """Somebody whom this person gave a role just now, as she acts."""
    made = factories.person(session, clock(), role, county.district, login=login)
    session.scalars(select(RoleGrant).where(RoleGrant.person_id == made)).one().granted_by = giver
    session.flush()
    return resets.acting_for(session, county.district, made)


def test_whoever_was_made_an_administrator_within_a_week_is_no_second_person(app, county, clock, officer):
    with app.app_context(), writing() as session:
        asker = county.acting(session, "administrator")
        first = made_by(session, county, clock, asker.person_id, factories.Role.ADMINISTRATOR, "first")
        second = made_by(session, county, clock, first.person_id, factories.Role.ADMINISTRATOR, "second")
        row = resets.ask(session, asker, TwoPersonKind.PASSWORD, county.supervisor_id, clock())
        assert resets.confirmers(session, row, clock()) == ["沈知"]
        for accomplice in (first, second):  # made by the asker, and by whom the asker made
            with pytest.raises(Problem, match="another_person_confirms"):
                resets.confirm(session, accomplice, row.request_id, clock())
        clock.advance(days=7)
        row = resets.ask(session, asker, TwoPersonKind.PASSWORD, county.supervisor_id, clock())
        resets.confirm(session, second, row.request_id, clock())


def test_what_a_new_administrator_asks_for_the_operator_alone_confirms(app, county, clock, officer):
    with app.app_context(), writing() as session:
        administrator = county.acting(session, "administrator")
        made = made_by(session, county, clock, administrator.person_id, factories.Role.ADMINISTRATOR, "made")
        row = resets.ask(session, made, TwoPersonKind.PASSWORD, county.supervisor_id, clock())
        session.flush()
        with pytest.raises(Problem, match="another_person_confirms"):
            resets.confirm(session, administrator, row.request_id, clock())
        resets.confirm_by_operator(session, row.request_id, clock())
        assert resets.carry_out(session, made, row.request_id, clock()).password


def test_a_confirmation_counts_no_more_when_its_giver_lost_the_role(app, county, clock, officer):
    with app.app_context(), writing() as session:
        asker = county.acting(session, "administrator")
        row = resets.ask(session, asker, TwoPersonKind.PASSWORD, county.supervisor_id, clock())
        resets.confirm(session, resets.acting_for(session, county.district, officer), row.request_id, clock())
        session.scalars(select(RoleGrant).where(RoleGrant.person_id == officer)).one().ended_at = clock()
        session.flush()
        with pytest.raises(Problem, match="two_people_needed"):
            resets.carry_out(session, asker, row.request_id, clock())


def test_people_of_another_region_are_out_of_reach(app, county, session, clock, officer):
    township = factories.person(session, clock(), factories.Role.ADMINISTRATOR, factories.TOWNSHIP, login="township")
    acting = resets.acting_for(session, county.district, township)
    other = factories.person(session, clock(), factories.Role.VILLAGE, factories.OTHER_VILLAGE, login="other")
    with pytest.raises(Problem, match="not_found"):
        resets.ask(session, acting, TwoPersonKind.PASSWORD, other, clock())
    row = resets.ask(session, county.acting(session, "administrator"), TwoPersonKind.PASSWORD, other, clock())
    session.flush()
    assert resets.list_open(session, acting, clock()) == []
    for is_over in (False, True):
        row.expires_at = clock() if is_over else row.expires_at
        for act in (resets.confirm, resets.refuse):
            with pytest.raises(Problem, match="not_found"):
                act(session, acting, row.request_id, clock())


def test_a_request_ends_after_a_day_and_when_it_is_refused(asked, at_desk, county, clock):
    desk, request_id = asked("password", county.supervisor_id)
    clock.advance(days=1)
    officer = at_desk("officer")
    assert do(officer, request_id, "confirm").status_code == 409 and "request_over" in officer.page
    desk, request_id = asked("password", county.supervisor_id)
    assert do(officer, request_id, "refuse").status_code == 303
    assert do(officer, request_id, "confirm").status_code == 409
    assert do(desk, request_id, "carry-out").status_code == 409


def test_asking_twice_makes_one_request(asked, county, session):
    first = asked("password", county.supervisor_id)[1]
    assert asked("password", county.supervisor_id)[1] == first
    assert len(session.scalars(select(TwoPersonRequest)).all()) == 1


@pytest.mark.parametrize("act", ["ask", "confirm", "carry-out"])
def test_each_step_asks_for_a_fresh_proof(asked, at_desk, county, clock, act):
    desk, request_id = asked("password", county.supervisor_id)
    officer = at_desk("officer")
    clock.advance(minutes=6)
    if act == "ask":
        answer = desk.post(f"/admin/people/{county.supervisor_id}/ask", kind="device")
    else:
        answer = do(officer if act == "confirm" else desk, request_id, act)
    assert answer.headers["Location"].startswith("/session/proof?next=/admin/")


def test_the_operator_confirms_where_nobody_else_can(app, county, session, clock):
    asker = county.acting(session, "administrator")
    row = resets.ask(session, asker, TwoPersonKind.SECOND_FACTOR, county.supervisor_id, clock())
    session.flush()
    assert resets.confirm_by_operator(session, row.request_id, clock()) == "陈岚"
    assert row.confirmed_at == clock() and row.confirmed_by is None
    resets.carry_out(session, asker, row.request_id, clock())
    told = bundles.me_of(session, county.acting(session, "supervisor"), clock())["notices"]
    assert told[0]["by"] == ["周木", None]


def test_the_operator_is_told_who_else_could(app, county, session, clock, officer):
    row = resets.ask(
        session, county.acting(session, "administrator"), TwoPersonKind.PASSWORD, county.supervisor_id, clock()
    )
    session.flush()
    with pytest.raises(Problem) as refused:
        resets.confirm_by_operator(session, row.request_id, clock())
    assert refused.value.details["who"] == ["沈知"]
    resets.confirm_by_operator(session, row.request_id, clock(), although_others_could=True)
    assert cli.confirm.name == "confirm"


def test_a_new_password_wants_to_be_changed_and_leaves_no_trace(asked, at_desk, app, county, session):
    desk, request_id = asked("password", county.caseworker_id)
    do(at_desk("officer"), request_id, "confirm")
    password = PASSWORD_SHOWN.search(do(desk, request_id, "carry-out").text)[1]
    account = session.scalars(select(Account).where(Account.login == "caseworker")).one()
    assert account.must_change and password not in account.password_hash
    assert not any(password in row.about for row in session.scalars(select(AuditRow)))
