"""A restore takes the database back an hour. What was taken away since stays away, or everything is stopped."""

import hashlib
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import current_app
from sqlalchemy import delete, select

from fieldapp.actions import (
    accounts,
    backups,
    cases,
    erasures,
    officers,
    organisations,
    replays,
    resets,
    restores,
    second_factor,
    sessions,
    teams,
    vaults,
)
from fieldapp.crypto import totp
from fieldapp.crypto.rest import LineMark
from fieldapp.days import day_of
from fieldapp.db import db, reading, writing
from fieldapp.errors import Problem
from fieldapp.models import bodies, credentials, server_keys, settings
from fieldapp.models.accounts import Person, Role, RoleGrant, acting_for
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Assignment, Case
from fieldapp.models.credentials import TwoPersonKind
from fieldapp.models.officers import OfficerChild
from fieldapp.models.organisations import Liaison
from fieldapp.models.records import Revision
from fieldapp.models.tombstones import Kind, Line, TombstoneMark, note
from fieldapp.models.vaults import DeviceCode, PinShare, Vault, VaultState
from tests import factories, signing_in
from tests.phones import Asker

PROOF, WRONG = hashlib.sha256(b"right").digest(), hashlib.sha256(b"wrong").digest()


class Box:
    """A county's machine: back it up, and bring the backup back as an operator does."""

    def __init__(self, config, clock):
        self.clock = clock
        self.file = Path(config.database_url.removeprefix("sqlite:///"))
        folder = config.data_dir.parent / "backups"
        folder.mkdir()
        self.config = replace(config, backup_dir=folder)
        self.log = config.tombstone_file

    def back_up(self):
        self.backup = backups.make(self.config, self.clock(), device=lambda path: hash(path)).file

    def bring_back(self, **how):
        db.engine.dispose()
        for beside in ("-wal", "-shm"):
            Path(f"{self.file}{beside}").unlink(missing_ok=True)
        shutil.copy(self.backup, self.file)
        self.clock.advance(hours=1)
        return self.start(**how)

    def start(self, **how):
        """What happens before the port opens."""
        with writing() as session:
            return restores.settle(session, self.clock(), **how)


@pytest.fixture
def box(app, config, clock, county):
    with app.app_context():
        made = Box(config, clock)
        made.start()
        yield made


@pytest.fixture
def asker(enrolled):
    return Asker(enrolled())


def done_by(county, who, act, *given):
    with writing() as session:
        act(session, county.acting(session, who), *given)


def state_of(asker):
    with reading() as session:
        return session.scalars(select(Vault.state).where(Vault.vault_id == asker.phone.device.vault_id)).one()


def test_no_revoked_phone_comes_back(box, asker, county, clock):
    asker.ask("set", PROOF)
    box.back_up()
    done_by(county, "administrator", vaults.revoke, asker.phone.device.vault_id, clock())
    settled = box.bring_back()
    assert settled.lost == () and settled.replayed == 2  # the share, the vault
    assert state_of(asker) == VaultState.REVOKED
    assert asker.ask("get", PROOF)[1]["code"] == "share_gone"
    with reading() as session:
        assert session.scalars(select(PinShare)).all() == []
        assert "tombstones_replayed" in session.scalars(select(AuditRow.act)).all()


def test_no_pin_try_is_given_back(box, asker):
    asker.ask("set", PROOF)
    asker.ask("get", WRONG)
    box.back_up()
    for _ in range(6):
        asker.ask("get", WRONG)
    box.bring_back()
    assert asker.ask("get", WRONG)[1]["tries_left"] == 2


def test_a_share_that_a_new_pin_replaced_does_not_come_back(box, asker):
    asker.ask("set", PROOF)
    box.back_up()
    asker.ask("set", hashlib.sha256(b"new").digest())
    box.bring_back()
    assert asker.ask("get", PROOF)[1]["code"] == "share_gone"


def test_a_phone_that_was_enrolled_after_the_backup_is_known_again_with_its_work(box, enrolled, county):
    box.back_up()
    phone = enrolled()
    item = phone.fill_in(county)
    phone.sync_all()
    assert box.bring_back(is_restore=True) == restores.Settled(1, ())
    # It pulls all afresh, and what it had handed in is taken as hers once more
    phone.device.received.clear()
    phone.device.queue = [item]
    phone.device.held.clear()
    phone.sync_all()
    assert phone.result(item)["status"] == "ok" and f"case:{county.case_id}" in phone.device.held
    with reading() as session:
        vault = session.scalars(select(Vault)).one()
        assert (vault.person_id, vault.issued_by) == (county.caseworker_id, county.administrator_id)
    assert box.start(is_restore=True) == restores.Settled(0, ())


def test_a_phone_of_somebody_who_is_not_known_any_more_or_was_revoked_since_stays_away(box, enrolled, county, clock):
    box.back_up()
    phone = enrolled()
    done_by(county, "administrator", vaults.revoke, phone.device.vault_id, clock())
    assert box.bring_back().replayed == 2
    with reading() as session:
        assert session.scalars(select(Vault.state)).all() == [VaultState.REVOKED]
    with writing() as session:
        hers = {"person": str(factories.new_id()), "issued_by": str(county.administrator_id)}
        line = Line(county.district, 9, 0, Kind.VAULT_ENROLLED, hers | {"vault": str(factories.new_id())})
        replays.replay(session, line)
        assert len(session.scalars(select(Vault)).all()) == 1


def test_no_role_that_was_taken_away_comes_back(box, county, clock):
    box.back_up()
    done_by(county, "administrator", accounts.change_role, county.caseworker_id, Role.VILLAGE, county.village, clock())
    done_by(county, "administrator", accounts.deactivate, county.cadre_id, clock())
    box.bring_back()
    with reading() as session:
        running = select(RoleGrant.role).where(
            RoleGrant.person_id == county.caseworker_id, RoleGrant.ended_at.is_(None)
        )
        assert session.scalars(running).all() == []
        assert not session.get_one(Person, (county.district, county.cadre_id)).active
        assert acting_for(session, county.district, county.cadre_id) is None


def test_no_erased_family_comes_back(box, county, session, clock):
    person_id = factories.person(session, clock(), Role.DATA_PROTECTION, county.district)
    session.commit()
    box.back_up()
    with writing() as other:
        erasures.forget_case_key(other, acting_for(other, county.district, person_id), county.case_id, clock())
    box.bring_back()
    with reading() as other, pytest.raises(Problem, match="family_erased"):
        bodies.seal_for_case(other, county.district, county.case_id, "case_file", "x", ("990101",), b"x")


def test_nobody_who_told_us_and_was_forgotten_comes_back(box, county, session, clock):
    person_id = factories.person(session, clock(), Role.DATA_PROTECTION, county.district)
    _, revision_id = factories.record(session, clock(), county, form="F1R")
    session.commit()
    box.back_up()
    with writing() as other:
        erasures.forget_reporter(other, acting_for(other, county.district, person_id), county.case_id, clock())
    box.bring_back()
    with reading() as other:
        row = other.get_one(Revision, (county.district, revision_id))
        place = (county.district, county.case_id, "F1R", "revision", "sealed_body", (county.district, revision_id))
        with pytest.raises(Problem, match="reporter_erased"):
            bodies.open_for_record(other, *place, row.sealed_body)
        assert bodies.seal_for_case(other, county.district, county.case_id, "case_file", "x", ("990101",), b"x")


@pytest.mark.parametrize("forget", [erasures.forget_case_key, erasures.forget_reporter])
def test_only_a_data_protection_officer_of_the_region_forgets_a_family_or_who_told_us(county, session, clock, forget):
    for who in ("supervisor", "administrator", "caseworker"):
        with pytest.raises(Problem, match="not_found"):
            forget(session, county.acting(session, who), county.case_id, clock())


def test_what_was_given_back_stays_given_back(box, asker, county, clock):
    vault_id = asker.phone.device.vault_id
    done_by(county, "administrator", vaults.suspend, vault_id, clock())
    box.back_up()
    done_by(county, "administrator", vaults.give_back, vault_id, clock())
    box.bring_back()
    assert state_of(asker) == VaultState.ACTIVE


def test_a_start_without_a_restore_replays_nothing(box, asker, county, clock):
    done_by(county, "administrator", vaults.revoke, asker.phone.device.vault_id, clock())
    assert box.start() == restores.Settled(0, ())
    assert box.start(is_restore=True) == restores.Settled(0, ())


def stopped_whole(box, asker, **how):
    settled = box.bring_back(**how)
    with reading() as session:
        said = settings.get(session, settings.TOMBSTONES_LOST_AT)
        tries = session.scalars(select(PinShare.tries)).all()
    return settled.lost, state_of(asker), tries, said is not None


@pytest.mark.parametrize("loss", ["missing", "cut", "holed", "forged"])
def test_without_a_whole_log_everything_is_stopped_until_somebody_decides(box, asker, county, clock, loss):
    # Given a backup, and then acts that only the log knows
    asker.ask("set", PROOF)
    for _ in range(2):
        asker.ask("get", WRONG)
    box.back_up()
    for _ in range(2):
        asker.ask("get", WRONG)
    # When the log is lost, or not whole
    lines = box.log.read_text().splitlines(keepends=True)
    if loss == "missing":
        box.log.unlink()
    elif loss == "cut":
        box.log.write_text("".join(lines[:2]))
    elif loss == "holed":
        box.log.write_text("".join([*lines[:3], lines[4]]))
    else:
        box.log.write_text("".join([*lines[:3], lines[3].replace('"tries":3', '"tries":0'), lines[4]]))
    # Then no PIN works and no phone is served
    assert stopped_whole(box, asker) == ((county.district,), VaultState.SUSPENDED, [10], True)
    # Until an administrator gives the phone back, and its owner sets a new PIN
    done_by(county, "administrator", vaults.give_back, asker.phone.device.vault_id, clock())
    assert asker.ask("get", PROOF)[1]["code"] == "share_locked"
    assert asker.ask("set", PROOF)[0] == 200
    # And the log that was begun anew holds from here on
    assert box.start() == restores.Settled(0, ())


def test_a_database_from_before_the_log_stops_nothing_by_itself_but_at_a_restore(box, asker):
    with writing() as session:
        session.delete(session.get_one(settings.Setting, settings.TOMBSTONES))
        session.execute(delete(TombstoneMark))
    box.back_up()
    box.log.unlink()
    assert box.bring_back() == restores.Settled(0, ())
    box.log.unlink()
    assert stopped_whole(box, asker, is_restore=True)[:2] == ((factories.DISTRICT,), VaultState.SUSPENDED)


def test_a_line_that_a_power_cut_tore_swallows_no_other(box, asker, county, clock):
    box.back_up()
    with box.log.open("a") as file:
        file.write("half a li")
    done_by(county, "administrator", vaults.revoke, asker.phone.device.vault_id, clock())
    assert box.bring_back() == restores.Settled(1, ())
    assert state_of(asker) == VaultState.REVOKED


def test_a_change_is_not_committed_when_its_line_cannot_be_written(box, asker, county, clock, monkeypatch):
    def no_space(lines):
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(current_app.extensions["tombstones"], "append", no_space)
        with pytest.raises(OSError, match="no space"):
            done_by(county, "administrator", vaults.revoke, asker.phone.device.vault_id, clock())
    assert state_of(asker) == VaultState.ACTIVE


def test_the_line_is_there_before_the_commit(box, county, clock):
    # Given a transaction that says something and then fails to commit
    class Cut(Exception):
        pass

    def fail(session):
        raise Cut

    with pytest.raises(Cut), writing() as session:
        note(session, county.district, Kind.PERSON_ENDED, clock(), person=str(county.cadre_id))
        session.info["before_commit"].append(fail)
    # Then the log has its line, and the next start takes away what was to be taken away
    assert box.start().replayed == 1
    with reading() as session:
        assert not session.get_one(Person, (county.district, county.cadre_id)).active


# --- what else a restore must not give back ---------------------------------------------------------------------------


def running(session, county, case_id, person_id):
    return session.get_one(Assignment, (county.district, case_id, person_id)).ended_at is None


def test_nobody_who_left_a_team_or_is_related_comes_back(box, county, clock):
    with writing() as session:
        factories.assign(session, clock(), county.case_id, county.cadre_id)
    box.back_up()
    done_by(county, "supervisor", cases.end_assignment, county.case_id, county.cadre_id, clock())
    done_by(county, "supervisor", teams.note_related, county.case_id, county.caseworker_id, clock())
    assert box.bring_back() == restores.Settled(2, ())
    with reading() as session:
        assert not running(session, county, county.case_id, county.cadre_id)
        assert not running(session, county, county.case_id, county.caseworker_id)
        assert running(session, county, county.case_id, county.second_caseworker_id)
        case = session.get_one(Case, (county.district, county.case_id))
        with pytest.raises(Problem, match="conflict_of_interest"):
            teams.refuse_related(session, case, county.caseworker_id)


def test_nobody_belongs_to_her_old_house_or_speaks_for_its_department_again(box, county, clock):
    with writing() as session:
        acting = county.acting(session, "administrator")
        department = organisations.add_department(session, acting, county.organisation_id, "权益部", clock())
        liaison = factories.person(session, clock(), Role.LIAISON, county.district)
        here = (liaison, county.organisation_id, department.department_id)
        organisations.belong_to(session, acting, *here, clock())
        organisations.name_liaison(session, acting, department.department_id, liaison, county.district, clock())
    box.back_up()
    done_by(county, "administrator", organisations.belong_to, liaison, None, None, clock())
    box.bring_back()
    with reading() as session:
        assert session.get_one(Person, (county.district, liaison)).organisation_id is None
        assert [row.ended_at is None for row in session.scalars(select(Liaison))] == [False]


def test_an_app_that_was_replaced_opens_nothing_again_and_no_password_alone_sets_up_another(box, county, clock):
    box.back_up()
    clock.advance(minutes=1)
    with writing() as session:
        hers, secret = county.acting(session, "supervisor"), totp.new_secret()
        second_factor.set_up_app(session, hers, secret, totp.code_at(secret, totp.step_of(clock())), clock())
    box.bring_back()
    with writing() as session:
        hers = county.acting(session, "supervisor")
        old = signing_in.code_of("supervisor", clock())
        assert not second_factor.take(session, hers, old, "192.0.2.1", clock())
        assert credentials.has_second_factor(session, hers)


def test_a_recovery_code_opens_once_and_replaced_ones_never(box, county, clock):
    def codes_of(who):
        with writing() as session:
            return second_factor.make_recovery_codes(session, county.acting(session, who), clock())

    def take(who, code):
        with writing() as session:
            return second_factor.take(session, county.acting(session, who), code, "192.0.2.1", clock())

    used, replaced = codes_of("supervisor"), codes_of("caseworker")
    box.back_up()
    assert take("supervisor", used[0])
    codes_of("caseworker")
    box.bring_back()
    assert not take("supervisor", used[0]) and take("supervisor", used[1])
    assert not take("caseworker", replaced[0])


def test_a_password_that_was_changed_is_to_be_changed_again(box, county, clock):
    box.back_up()
    change = accounts.change_own_password
    done_by(county, "supervisor", change, str(county.password), "another good password 7", "", clock())
    box.bring_back()
    with reading() as session:
        assert accounts.own_account(session, county.acting(session, "supervisor")).must_change


def test_no_request_code_or_session_that_was_open_in_the_backup_is_open_after_it(box, county, clock):
    # Given a request of two people, a device code and a session, all open
    with writing() as session:
        server_keys.make_server_keys(session, clock())
        asker = county.acting(session, "administrator")
        row = resets.ask(session, asker, TwoPersonKind.PASSWORD, county.caseworker_id, clock())
        row.confirmed_at = clock()
        accounts.issue_device_code(session, asker, county.cadre_id, clock())
        account = accounts.own_account(session, county.acting(session, "supervisor"))
        token, _ = sessions.start(session, account, "", clock(), is_proved=True)
    box.back_up()
    # When the backup is brought back within the minute
    db.engine.dispose()
    shutil.copy(box.backup, box.file)
    box.start(is_restore=True)
    # Then none of them goes on
    with writing() as session:
        assert sessions.running(session, token, clock()) is None
        assert session.scalars(select(DeviceCode.expires_at)).one() <= clock()
        with pytest.raises(Problem, match="request_over"):
            resets.carry_out(session, county.acting(session, "administrator"), row.request_id, clock())
        assert "end_open_request" in session.scalars(select(AuditRow.act)).all()


# --- the log itself ---------------------------------------------------------------------------------------------------


@pytest.fixture
def log(app):
    with app.app_context():
        yield app.extensions["tombstones"]


def lines_of(*numbers, district=factories.DISTRICT):
    return [Line(district, number, 0, Kind.PIN_TRIES, {"number": number}) for number in numbers]


def breaks(log):
    return [(one.line.number, one.breaks) for one in log.read()]


def test_each_line_of_the_log_covers_the_one_before(log):
    log.append(lines_of(1, 2))
    log.append(lines_of(3))
    assert breaks(log) == [(1, False), (2, False), (3, False)]


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ([0, 2, 1], [(1, False), (3, True), (2, True)]),
        ([0, 2], [(1, False), (3, True)]),
        ([0, 1, 1, 2], [(1, False), (2, False), (2, True), (3, False)]),
        ([1, 2], [(2, True), (3, False)]),
    ],
)
def test_a_line_that_was_moved_removed_or_doubled_is_noticed(log, order, found):
    log.append(lines_of(1, 2, 3))
    rows = log.file.read_text().splitlines(keepends=True)
    log.file.write_text("".join(rows[place] for place in order))
    assert breaks(log) == found


def test_a_torn_line_breaks_nothing_and_a_changed_one_does(log):
    log.append(lines_of(1))
    with log.file.open("a") as file:
        file.write("half a li")
    log.append(lines_of(2, 3))
    assert breaks(log) == [(1, False), (2, False), (3, False)]
    log.file.write_text(log.file.read_text().replace('{"number":2}', '{"number":7}'))
    assert breaks(log) == [(1, False), (3, True)]


def test_lines_of_before_they_were_chained_are_read_and_covered_by_what_follows(log):
    marks = LineMark.of_ring(current_app.extensions["ring"])
    texts = [line.text() for line in lines_of(1, 2)]
    log.append([])
    old = [f"{marks.of(text.encode())} {text}\n" for text in texts]
    log.file.write_text("".join(old))
    log.append(lines_of(3))
    assert breaks(log) == [(1, False), (2, False), (3, False)]
    chained = log.file.read_text().splitlines(keepends=True)[2]
    log.file.write_text(old[0] + chained + old[1])
    assert breaks(log) == [(1, False), (3, True), (2, True)]


def test_the_end_of_a_long_log_is_found(log):
    log.append(lines_of(*range(1, 800)))
    assert log.file.stat().st_size > 65_536
    log.append(lines_of(800))
    assert not any(is_broken for _, is_broken in breaks(log))


def test_lines_are_replayed_by_number_and_moved_ones_stop_everything(box, asker, county, clock):
    # Given a phone that was suspended and given back after the backup
    vault_id = asker.phone.device.vault_id
    box.back_up()
    done_by(county, "administrator", vaults.suspend, vault_id, clock())
    done_by(county, "administrator", vaults.give_back, vault_id, clock())
    # When the two lines stand the other way round
    rows = box.log.read_text().splitlines(keepends=True)
    box.log.write_text("".join([*rows[:-2], rows[-1], rows[-2]]))
    # Then the log is not whole, and everything is stopped, once
    assert box.bring_back().lost == (county.district,)
    assert state_of(asker) == VaultState.SUSPENDED
    assert box.start() == restores.Settled(0, ())


def test_a_log_that_lost_its_end_is_noticed_by_the_number_that_the_database_knows(box, asker, county, clock):
    done_by(county, "administrator", vaults.suspend, asker.phone.device.vault_id, clock())
    rows = box.log.read_text().splitlines(keepends=True)
    box.log.write_text("".join(rows[:-1]))
    assert box.start().lost == (county.district,)


def test_a_child_that_was_taken_off_its_officer_does_not_come_back_to_her(box, county, clock):
    with writing() as session:
        supervisor = county.acting(session, "supervisor")
        people = [cases.NewPerson(name, "female", "2016-04", "self") for name in ("刘小满", "刘小雨")]
        about = {"village_code": county.village, "contact": None, "programme": None}
        case = cases.open_case(session, supervisor, people=people, **about, now=clock())
        both = [one["person_id"] for one in officers.children_in(session, case, day_of(clock()))]

    def name(*children):
        with writing() as session:
            officers.name(
                session, county.acting(session, "supervisor"), case.case_id, county.cadre_id, children=children,
                ends_on=day_of(clock()) + timedelta(days=30), is_related=False, now=clock(),
            )  # fmt: skip

    def hers():
        with reading() as session:
            return set(session.scalars(select(OfficerChild.child_id)))

    def view():
        with reading() as session:
            return session.get_one(Person, (county.district, county.cadre_id)).view_version

    name(*both)
    box.back_up()
    name(both[0])
    assert hers() == {both[0]}
    seen = view()
    assert box.bring_back().replayed == 1
    assert hers() == {both[0]} and view() == seen + 1, "and her phone pulls afresh"
    name(*both)  # whom nothing was taken from adds no line
    assert not box.start().replayed
