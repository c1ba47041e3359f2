"""Tests about what people do: each act is in the audit, has words there, and says whether it takes a right away."""

from __future__ import annotations

import ast
from functools import cache

import pytest

from fieldapp.web.act_words import ACTS
from tests import house_calls as calls
from tests import house_reading as house
from tests.house_reading import assert_none

AUDITED = {"fieldapp.models.audit.write", "fieldapp.models.audit.note_read"}
NOTED = "fieldapp.models.tombstones.note"
OPENED = {"fieldapp.models.bodies.open_for_case", "fieldapp.models.bodies.open_for_district"}

# Acts that change something without a row of their own, and why. A part of an act is audited by the act it belongs to.
PART = "a part of acts that are audited"
UPKEEP = "upkeep: it says nothing of anybody and decides nothing"
WITHOUT_A_ROW = {
    "agendas.make": UPKEEP,
    "backups.note_failure": UPKEEP,
    "campaign_entries.keep_codes": PART,
    "case_events.note": PART,
    "case_steps.after_hand_in": PART,
    "case_steps.after_plan": PART,
    "case_steps.after_receipt": PART,
    "case_steps.after_sending": PART,
    "case_steps.catch_up": PART,
    "case_steps.step": PART,
    "chains.extend": "the audit itself",
    "chains.forget_denial": PART,
    "chains.keep_check": "the audit itself",
    "contact.tell_everything": PART,
    "deputies.end_deputies_of": PART,
    "desk_bodies.keep": PART,
    "entrusted_upkeep.forget_family": PART,
    "erasures.clear_family": PART,
    "erasures.empty_kept": PART,
    "erasures.leave_phones": PART,
    "exchange.push_help": "a call for help gets through although the audit takes no row",
    "feed_upkeep.forget": UPKEEP,
    "feed_upkeep.note": UPKEEP,
    "file_keys.seal_key": PART,
    "file_names.note": PART,
    "findings.findings_of": "computed from a revision that is audited",
    "kept_apart.move": UPKEEP,
    "kept_apart.move_of": PART,
    "imports.forget_family": PART,
    "imports.forget_old": UPKEEP,
    "help_come.note": PART,
    "help_come.tell": PART,
    "keyring.destroy": "of the server, not of a county: the tombstone log holds it for good",
    "keyring.rewrap": UPKEEP,
    "lists.cut_what_is_whole": PART,
    "lists.keep": PART,
    "lists.tell": PART,
    "lists.tell_projects": PART,
    "lists.tell_regions": PART,
    "oidc.link": PART,
    "passkeys.forget_old_challenges": UPKEEP,
    "plans.keep_file": PART,
    "plans.keep_files": PART,
    "plans.publish_library": "comes with a version of the program; each form keeps the day of it",
    "protections.seen_by": PART,
    "proxies.keep": UPKEEP,
    "publishing.judge": PART,
    "replays.replay": PART,
    "restrictions.bring_back": PART,
    "restrictions.end_restriction": PART,
    "restrictions.restrict": PART,
    "restrictions.stop": PART,
    "scope_changes.moved": PART,
    "scope_changes.policy": PART,
    "screening_views.view_of": PART,
    "rule_feed.tell": PART,
    "screenings.run": "computed from reports whose decisions are audited",
    "second_factor.keep_app": PART,
    "second_factor.remove_all": PART,
    "sessions.end_all": PART,
    "sessions.touch": UPKEEP,
    "sent_letters.keep_receipt": PART,
    "shares.delete": PART,
    "shares.rewrap": UPKEEP,
    "sign_in.clear_failures": UPKEEP,
    "sign_in.forget_old_delays": UPKEEP,
    "sign_in.note_failure": "kept as a delay; a row for each guess would let anybody fill the disk",
    "sign_in.note_failure_of_address": "kept as a delay",
    "statistics_files.file_of": "writes a file and nothing of ours; the act that takes it along is audited",
    "tallies.keep": UPKEEP,
    "teams.put_on": PART,
    "todos.settle": PART,
    "told_at_once.note": PART,
    "uploads.advance": "pieces of a file: the report that names it is audited, and the whole file once it is here",
    "uploads.announce": "pieces of a file",
    "vaults.revoke_all_of": PART,
    "visit_ends.settle": PART,
    "women.refuse": "it refuses; the screening it asks for first is computed from reports that are audited",
}

# Acts whose name is put together where they are written.
COMPOSED = {"approved", "chosen", "returned", "set_aside"} | {
    f"push_{kind}" for kind in ("draft", "revision", "urgent", "void", "withdraw")
}
# Acts that take a right, a way in or a phone away: the tombstone log keeps a restore from giving it back.
TAKES_AWAY = {
    "belong_to", "carry_out_reset", "change_own_password", "change_role", "deactivate", "end_assignment", "end_deputy",
    "end_county", "end_department", "end_liaison", "end_member", "end_organisation", "erase_rejected_lead",
    "forget_case_key",
    "forget_reporter",
    "give_back_vault", "last_pin_try",
    "make_recovery_codes", "name_officer", "note_related", "open_by_pin", "order_wipe", "remove_app", "remove_identity",
    "remove_passkey", "remove_pin", "restrict_file", "revoke_vault", "set_password", "set_pin", "set_up_app",
    "stop_passkey", "suspend_vault", "take_back_rights_request", "tombstones_lost", "use_recovery_code", "wiped",
    "withdraw_consent",
}  # fmt: skip
# Noted by a function that the act's own does not call: the act is its report.
NOTED_BY_ANOTHER = {
    "last_pin_try": "fieldapp.actions.shares.try_it",
    "open_by_pin": "fieldapp.actions.shares.try_it",
    "use_recovery_code": "fieldapp.actions.second_factor.take",
}
# What these take away is ended by the restore itself: open requests, unused codes, running sessions.
ENDED_AT_A_RESTORE = {"end_session", "end_other_sessions", "sign_out", "refuse_reset", "enrol", "issue_device_code"}


def test_every_act_that_changes_something_writes_a_row_of_audit():
    missing = set()
    for name, function in calls.functions().items():
        is_act = function.path.startswith("fieldapp/actions/") and name.count(".") == 3 and function.is_public
        if is_act and "/batch/" not in function.path and calls.writes(name) and not calls.reached(name) & AUDITED:
            missing.add(name.removeprefix("fieldapp.actions."))
    assert_none(
        f"{name}: changes something and writes no row of audit" for name in sorted(missing - set(WITHOUT_A_ROW))
    )
    assert_none(f"{name}: is audited, or gone; take it off the list" for name in sorted(set(WITHOUT_A_ROW) - missing))


def test_no_page_opens_what_is_sealed_of_a_family_without_a_row_of_audit():
    assert_none(
        f"{name}: opens what is sealed and writes no row of audit"
        for name, function in calls.functions().items()
        if function.path.startswith("fieldapp/web/") and _is_route(function, name)
        if "fieldapp.models.bodies.open_for_case" in calls.reached(name) and not calls.reached(name) & AUDITED
    )


def test_every_act_of_the_audit_has_words_for_the_auditor():
    wordless = (set(acts()) | COMPOSED) - set(ACTS)
    assert_none(f"{act} has no words in act_words.py" for act in sorted(wordless))


def test_every_act_that_takes_something_away_is_noted_in_the_tombstone_log():
    named = acts()
    assert_none(f"{act}: there is no such act" for act in (TAKES_AWAY | ENDED_AT_A_RESTORE) - set(named))
    for act in sorted(TAKES_AWAY):
        functions = {NOTED_BY_ANOTHER[act]} if act in NOTED_BY_ANOTHER else named[act]
        silent = [name for name in functions if NOTED not in calls.reached(name)]
        assert not silent, f"{act}: {', '.join(silent)} says nothing in the tombstone log"


def test_what_notes_something_in_the_tombstone_log_is_known_to_take_it_away():
    noting = {act for act, functions in acts().items() if any(NOTED in calls.reached(name) for name in functions)}
    # These end an entrusted place on a team where it is over, or note by the way what another act does; a phone that
    # was enrolled must not be forgotten by a restore either.
    by_the_way = {"add_member", "cancel_visit", "end_campaign", "enrol", "tombstones_replayed", "new_epoch"} | {
        "carry_out_rights_request", "grant_rights_request", "drop_draft_copy",
    }  # fmt: skip
    assert_none(f"{act}: notes something; say so in TAKES_AWAY" for act in sorted(noting - TAKES_AWAY - by_the_way))


@pytest.mark.parametrize(
    ("source", "writes"),
    [
        ("def f(session, row):\n    row.ended_at = 1", True),
        ("def f(session, row):\n    row.a, row.b = 1, 2", True),
        ("def f(session):\n    session.add(1)", True),
        ("from sqlalchemy import update\ndef f(session):\n    session.execute(update(1))", True),
        ("def f(session):\n    return session.get(1)", False),
        ("class A:\n    def f(self):\n        self.a = 1", False),
    ],
)
def test_a_change_is_seen_in_the_source(tmp_path, monkeypatch, source, writes):
    (tmp_path / "fieldapp").mkdir()
    (tmp_path / "fieldapp" / "x.py").write_text(source)
    monkeypatch.setattr(house, "ROOT", tmp_path)
    found: dict[str, calls.Function] = {}
    calls._read("fieldapp/x.py", found)
    assert [function.writes for function in found.values()] == [writes]


@cache
def acts() -> dict[str, set[str]]:
    """The acts that stand in the audit, each with the functions that write it."""
    found: dict[str, set[str]] = {}
    for path in house.python_files("fieldapp"):
        if "/migrations/" not in path:
            for function in ast.walk(ast.parse(house.read(path))):
                if isinstance(function, ast.FunctionDef):
                    for act in _acts_in(function):
                        found.setdefault(act, set()).add(f"{house.module_name(path)}.{function.name}")
    return found


def _acts_in(function: ast.FunctionDef) -> list[str]:
    named = []
    for call in ast.walk(function):
        if isinstance(call, ast.Call):
            called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            given = [one.value for one in call.keywords if one.arg == "act"]
            if called in ("_audit", "note_read", "_note", "audit"):
                given += call.args
            elif called != "write":
                given = []
            constants = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            named += constants[:1]
    return named


def _is_route(function: calls.Function, name: str) -> bool:
    return function.is_public and name.count(".") == 3
