"""A restore takes the database back an hour. What was taken away since stays away, or everything is stopped."""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from flask import current_app
from sqlalchemy import select

from fieldapp.actions import accounts, backups, erasures, restores, vaults
from fieldapp.db import db, reading, writing
from fieldapp.errors import Problem
from fieldapp.models import bodies, settings
from fieldapp.models.accounts import Person, Role, RoleGrant, acting_for
from fieldapp.models.audit import AuditRow
from fieldapp.models.tombstones import Kind, note
from fieldapp.models.vaults import PinShare, Vault, VaultState
from tests import factories
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


def test_only_a_data_protection_officer_of_the_region_forgets_a_family(county, session, clock):
    for who in ("supervisor", "administrator", "caseworker"):
        with pytest.raises(Problem, match="not_found"):
            erasures.forget_case_key(session, county.acting(session, who), county.case_id, clock())


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
        box.log.write_text("".join(lines[:1]))
    elif loss == "holed":
        box.log.write_text("".join([*lines[:2], lines[3]]))
    else:
        box.log.write_text("".join([*lines[:2], lines[2].replace('"tries":3', '"tries":0'), lines[3]]))
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
