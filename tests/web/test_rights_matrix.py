"""Every route of the desk and of the phones, asked by every role, for what is hers, another county's, and nobody's.

One table says who finds something under an address; whoever does not gets the very answer of an id that nobody gave. A
route without a row fails: whoever adds one says here for whom it is. What the desk writes is asked with an empty form:
whether the act succeeds is tested elsewhere, here only whether it exists for her.
"""

import json
import re
from datetime import date, timedelta
from uuid import UUID

import pytest
from flask import current_app
from sqlalchemy import delete, select

from fieldapp.actions import (
    accounts,
    campaigns,
    cases,
    deputies,
    dispatches,
    duty,
    entrusted,
    entrusting,
    extracts,
    letter_templates,
    letters,
    organisations,
    outreach,
    rights_requests,
    rule_texts,
    teams,
)
from fieldapp.casework.letters import shipped
from fieldapp.casework.letters.kinds import Kind
from fieldapp.db import writing
from fieldapp.forms import library
from fieldapp.forms.sensitivity import CLASSES
from fieldapp.models import bodies, casefiles, scope
from fieldapp.models.accounts import Account, Role, RoleGrant, acting_for
from fieldapp.models.both_sides import OtherSideTask
from fieldapp.models.cases import Assignment, ConflictOfInterest, TeamRole, Urgent
from fieldapp.models.credentials import OutsideIdentity, TwoPersonRequest
from fieldapp.models.desk_drafts import DeskDraft
from fieldapp.models.entrusting import EntrustedKept
from fieldapp.models.feed import number, tell
from fieldapp.models.forms import CandidateFile, CandidateState, FormCandidate
from fieldapp.models.records import Kept
from fieldapp.models.reviews import Remark
from fieldapp.models.rights_requests import RequestKind
from tests import factories, plans_of_help, reports, two_counties, uploading
from tests.phones import prepare_server
from tests.web.every_route import LETTERS, UNKNOWN, built, rules

# Letters: every_route.py. PHONE: of the phones' origin, no desk session opens it. PUBLIC: before anybody signs
# in. OWN: her own sessions, passwords and factors, whatever her role; no id of anybody else stands in it.
ALL = "".join(LETTERS)
PHONE, PUBLIC, OWN = "phone", "public", "own"
ROWS = {
    "admin.change_role": "m",
    "admin.deactivate": "m",
    "admin.device_code": "m",
    "admin.health_page": "sm",
    "admin.new_person": "m",
    "admin.new_person_form": "m",
    "admin.people": "dm",
    "admin.people_list": "dm",
    "admin.person": "dm",
    "admin.remove_identity": "m",
    "admin.revoke": "m",
    "admin.say_sex": "m",
    "agenda.page": "cs",
    "agenda.plan_form": "s",
    "audit.export": "a",
    "audit.page": "a",
    "campaigns.add": "s",  # a round of the regions she supervises
    "campaigns.add_list": "s",
    "campaigns.begin": "s",
    "campaigns.end": "s",
    "campaigns.export": "s",
    "campaigns.one": "s",
    "campaigns.page": "s",
    "case_moves.end_protection": "csp",  # whether she may end it is said in words
    "case_moves.move": "csp",  # so is whether this step is hers
    "case_moves.protect": "cspdm",  # whoever sees that there is such a file
    "case_moves.report": "csp",
    "case_moves.tell_day": "csp",
    "cases.cancel_visit": "sm",
    "cases.case_file": "cspdm",  # d and m: code name, village and dates, nobody's name
    "cases.case_list": ALL,  # who sees no family sees an empty list
    "cases.end_assignment": "sm",
    "cases.new_case": "sm",
    "cases.new_case_form": "sm",
    "cases.plan_visit": "sm",
    "clock_settings.change": "sm",
    "clock_settings.page": "sm",
    "crews.add_crew": "sm",
    "crews.add_expert": "sm",
    "crews.add_member": "",  # there is no team
    "crews.end_crew": "",
    "crews.end_expert": "",  # nor an expert
    "crews.end_member": "",
    "crews.name_expert": "cs",
    "crews.page": "sm",
    "crews.renew_expert": "",
    "dashboard.acknowledge": "s",
    "dashboard.queue": ALL,  # leads on to what is hers
    "dashboard.queue_page": ALL,
    "deputies.end_deputy": "sm",
    "deputies.name_deputy": "sm",
    "deputies.page": "sm",
    "desk_records.begin": "cs",
    "desk_records.discard": "c",  # her own draft
    "desk_records.divisions": ALL,
    "desk_records.drafts": ALL,
    "desk_records.finish": "",  # her own report of a visit; this one is another's
    "desk_records.hand_in": "c",
    "desk_records.own_record": "",
    "desk_records.page": "c",
    "desk_records.save": "c",
    "desk_records.take_up": "",  # her own report made at the desk; this one came from a phone
    "desk_records.withdraw": "",
    "counties.add": "m",
    "counties.card": "m",
    "counties.confirm": "m",
    "counties.end": "m",
    "counties.page": "m",
    "entrusted.answer": "s",
    "entrusted.entrust": "s",
    "entrusted.hand_in": "s",
    "entrusted.open_visit": "",  # a file is open for this one already
    "entrusted.page": "s",
    "entrusted.request_file": "s",
    "entrusted.set_aside": "s",
    "entrusted.try_again": "s",
    "duty.page": "sm",
    "duty.plan": "sm",
    "duty.repeat": "sm",
    "duty.strike": "sm",
    "green.end": "",  # the family is on no green channel
    "green.give": "s",
    "case_extracts.preview": "s",
    "case_extracts.publish": "s",
    "case_extracts.take_along": "s",
    "extracts.choose": "s",
    "extracts.copy": "s",
    "extracts.share": "s",
    "forms.candidate": "m",
    "forms.media_file": "",  # for everybody who knows the hash of a picture; here is none
    "forms.publish": "m",
    "forms.refusals": "m",
    "forms.shelf": "m",
    "forms.try_candidate": "m",
    "forms.try_version": "m",
    "forms.upload": "m",
    "forms.uploaded_file": "m",
    "forms.version": "m",
    "forms.withdraw": "m",
    "inspections.check": "",  # of a draw of her own; here is none
    "inspections.draw": "s",
    "inspections.one": "",
    "inspections.page": "s",
    "key_care.page": "cs",
    "key_care.put_on": "cs",
    "key_care.review": "",  # the family is on no list
    "key_care.take_off": "",
    "kept.kept_list": "sm",
    "kept.kept_one": "s",
    "kept.settle": "s",
    "kept.take_in": "s",
    "funds.cancel": "",  # no line of the ledger is there
    "funds.page": "cs",
    "funds.take_over": "",
    "funds.write": "cs",
    "imports.blank": "",  # for every supervisor; the kind of this one is none
    "imports.one": "",  # a list she uploaded herself; here is none
    "imports.page": "s",
    "imports.refused": "",
    "imports.take": "",
    "imports.upload": "s",
    "letter_templates.end": "m",
    "letter_templates.ours": "m",
    "letter_templates.page": "m",
    "letter_templates.preview": "m",
    "letter_templates.publish": "m",
    "letter_templates.upload": "m",
    "letters.add_scan": "cs",
    "letters.blank": "cspm",  # about nobody
    "letters.docx": "csp",
    "letters.entrust": "s",
    "letters.make": "cs",
    "letters.note": "cs",
    "letters.page": "csp",
    "letters.print_page": "csp",
    "letters.scan": "",  # of this letter there is none
    "measures.answer_need": "cs",
    "measures.make": "cs",
    "measures.move": "cs",
    "measures.note_defacto": "cs",
    "meetings.drop": "",  # one of her region; here is none
    "meetings.held": "",
    "meetings.page": "s",
    "meetings.set_up": "s",
    "leads.find": "s",
    "leads.notice": "p",
    "leads.notice_form": "p",
    "leads.page": "s",
    "officers.name": "s",
    "organisations.add_department": "m",
    "organisations.add_organisation": "m",
    "organisations.belong_to": "m",
    "organisations.end_department": "m",
    "organisations.end_liaison": "m",
    "organisations.end_organisation": "m",
    "organisations.name_liaison": "m",
    "organisations.page": "dm",
    "outreach.note": "cs",
    "outreach.note_interviews": "cs",
    "outreach.page": "cs",
    "outreach.take_back": "s",  # her own, or of a region she supervises; this one is hers
    "other_side.apply_urgently": "cs",
    "other_side.cancel": "s",
    "other_side.extend": "cs",
    "other_side.finish": "c",  # whose appointment it is
    "other_side.keep_shelter": "cs",
    "other_side.page": "cl",
    "other_side.plan": "s",
    "other_side.shelter": "cs",
    "parcels.hand_in": "csm",  # of her own phone, of those of her region
    "parcels.page": "csm",
    "phone.emergency": PHONE,
    "phone.manifest": PHONE,
    "phone.more_pack": PHONE,
    "phone.ping": PHONE,
    "phone.service_worker": PHONE,
    "phone.shell": PHONE,
    "phone.shell_pack": PHONE,
    "policies.decide": "m",
    "policies.policy": "m",
    "projects.add": "sm",
    "projects.change": "",  # one of her county; here is none
    "projects.page": "csm",
    "regions.import_file": "m",
    "regions.page": "dm",
    "outside.back": PUBLIC,
    "outside.start": PUBLIC,  # answers like nothing where no server of the organisation is configured
    "resets.ask": "m",
    "resets.carry_out": "m",
    "resets.confirm": "dm",
    "resets.page": "dm",
    "resets.refuse": "dm",
    "resting.page": "s",
    "review.approve": "s",
    "review.choose": "s",
    "review.file": "sp",
    "review.open_review": "s",
    "review.release": "s",
    "review.remark": "s",
    "review.report": "sp",
    "review.resolve": "s",
    "review.return_record": "s",
    "rhythms.change": "sm",
    "rhythms.page": "sm",
    "rule_texts.add": "m",
    "rule_texts.change": "m",
    "rule_texts.end": "m",
    "rule_texts.new": "m",
    "rule_texts.one": ALL,  # published words of offices, the same for everybody
    "rule_texts.page": ALL,
    "rule_texts.text": "m",
    "screenings.answer": "s",
    "suggestions.page": "s",
    "statistics.cases": "",  # of a figure that is named; here none is
    "statistics.export": "s",
    "statistics.page": "s",
    "rights.answer": "d",
    "rights.copy": "s",  # a granted copy of a family she supervises
    "rights.erase": "",  # an erasure; this one is a copy
    "rights.feedback": "cs",
    "rights.give_feedback": "cs",
    "rights.grant": "d",
    "rights.hand_over": "s",
    "rights.hear": "",  # what a family said; this one is a copy
    "rights.minors": "a",
    "rights.name_person": "s",
    "rights.new_form": "csd",
    "rights.note_answered": "d",
    "rights.one": "sd",
    "rights.page": "csd",
    "rights.put_right": "",  # a granted correction; this one is a copy
    "rights.refuse": "d",
    "rights.restrict": "d",
    "rights.show_identity": "d",
    "rights.take": "csd",
    "rights.take_back": "d",
    "second_factor.ask": OWN,
    "second_factor.proof": OWN,
    "second_factor.proof_form": OWN,
    "second_factor.prove_with_passkey": OWN,
    "second_factor.set_up_app": OWN,
    "second_factor.set_up_form": OWN,
    "second_factor.set_up_passkey": OWN,
    "second_factor.show": OWN,
    "second_factor.show_passkey": OWN,
    "security.end_others": OWN,
    "security.end_session": OWN,
    "security.page": OWN,
    "security.recovery_codes": OWN,
    "security.remove_app": OWN,
    "security.remove_identity": OWN,
    "security.remove_passkey": OWN,
    "session.change_password": OWN,
    "session.language": OWN,
    "session.password_form": OWN,
    "session.sign_in": PUBLIC,
    "session.sign_in_form": PUBLIC,
    "session.sign_in_with_passkey": PUBLIC,
    "session.sign_out": OWN,
    "static.file": PUBLIC,
    "static_desk.file": PUBLIC,
    "sync_api.announce_file": PHONE,
    "sync_api.append_to_file": PHONE,
    "sync_api.digest": PHONE,
    "sync_api.enrol": PHONE,
    "sync_api.exchange": PHONE,
    "sync_api.probe": PHONE,
    "sync_api.share": PHONE,
    "tasks.answer": "l",
    "tasks.page": "sl",
    "tasks.send": "s",
    "tasks.withdraw": "s",
    "teams.add_member": "sm",
    "cases.entrust": "sm",
    "teams.give_reason": "csp",
    "teams.lift_related": "sm",
    "teams.reason_form": "csp",
    "teams.say_related": "csp",
    "women.allow": "s",
    "women.ask": "cs",
    "women.end_asking": "s",
    "two_levels.decide": "m",  # of the whole county
    "two_levels.page": "sm",
    "vaults.carry_out": "m",
    "vaults.phone": "dm",
    "vaults.phone_list": "dm",
}
# What a form has to say before it is asked whether the thing exists: an empty one is malformed for everybody alike.
READ = {"revision_id": UNKNOWN, "content_hash": "A" * 43}
HANDED_IN = {"replies": [], "recorded": {"started": 1, "language": "zh"}, "visitors": []}
FORMS = {
    "cases.new_case": {"village": factories.VILLAGE},
    "leads.notice": {"village": factories.VILLAGE},
    "desk_records.begin": {"form": "F4", "case_id": "{case_id}"},
    "entrusted.entrust": {"county": "{partner_id}"},
    "entrusted.open_visit": {"planned_on": "2026-12-01"},
    "other_side.plan": {"worker": "{other_worker_id}", "on": "2026-12-01", "region": factories.DISTRICT},
    "letters.make": {"kind": "visit", "record": "{record_id}"},
    "letters.note": {"what": "signed"},
    "organisations.name_liaison": {"person": "{person_id}"},
    "resets.ask": {"kind": "password"},
    "review.approve": READ,
    "review.choose": READ,
    "review.return_record": READ,
    "screenings.answer": {"run_id": UNKNOWN},
    "women.allow": {"person": "{person_id}"},
    "green.give": {"handler": "{person_id}"},
    "clock_settings.change": {"code": "visit"},
    "rhythms.change": {"base": "0", "reason": "r"},
    "crews.name_expert": {"record": "{measure_id}", "expert": UNKNOWN},
    "crews.renew_expert": {"contract_until": "2027-01-01"},
    "two_levels.decide": {"form": "F9", "ask": "1", "reason": "两人把关"},
    "duty.plan": {"person": "{person_id}", "starts_at": "2026-11-24T08:00", "ends_at": "2026-11-24T18:00"},
    "duty.repeat": {"week": "2026-11-23"},
}
# What takes the ground from the others, in this order.
LAST = ("rights.hand_over", "rights.take_back", "admin.deactivate", "desk_records.discard", "teams.say_related")
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# A form's token carries the second it was made in: two answers alike in all else may come in two seconds.
TOKENS = re.compile(r'(name="csrf_token" value=")[^"]+')


def test_every_route_stands_in_the_table_and_nothing_else(app):
    assert {endpoint for endpoint, _, _ in rules(app)} == set(ROWS)


class Place:
    """What there is in one county: an id for every placeholder of a route."""

    def __init__(self, county, clock):
        self.county, self.people = county, {}
        with writing() as session:
            self.ids = self._fill(session, clock())

    def _fill(self, session, at):
        county = self.county
        department = self._house(session, at)
        for letter, role in LETTERS.items():
            if role in (Role.PROCURATORATE, Role.LIAISON, Role.DATA_PROTECTION, Role.AUDITOR):
                login = f"{role.value}-{county.district}"
                person = factories.person(
                    session, at, role, county.district, login=login, district=county.district, name="某人"
                )
                self.people[letter] = login
                if role is Role.PROCURATORATE:
                    factories.assign(session, at, county.case_id, person, district=county.district)
                if role is Role.LIAISON:
                    self._belongs(session, person, department)
                    liaison = person
        administrator = acting_for(session, county.district, county.administrator_id, at)
        spoken = organisations.name_liaison(session, administrator, department, liaison, county.district, at)
        told = reports.body(reports.investigation(county.subject_id), at)
        record_id, revision_id = factories.record(
            session, at, county, answers=told, author_id=county.second_caseworker_id
        )
        file_id = uploading.named_by_record(session, current_app.extensions["files"], at, county, record_id)
        deputy = deputies.name_deputy(
            session, administrator, county.supervisor_id, county.second_caseworker_id, at.date(), at.date(), at
        )
        factories.assign(session, at, county.case_id, county.cadre_id, district=county.district)
        factories.visit(session, at, county.case_id, [county.cadre_id], district=county.district, forms="F3V")
        related = {"case_id": county.case_id, "person_id": county.cadre_id, "said_by": county.supervisor_id}
        session.add(ConflictOfInterest(district=county.district, said_at=at, **related))
        measure_id = plans_of_help.measure(session, at, county, commits=False)
        return {
            "case_id": county.case_id,
            "person_id": county.cadre_id,
            "visit_id": county.visit_id,
            "record_id": record_id,
            "file_id": file_id,
            "remark_id": self._remark(session, at, record_id, revision_id),
            "kept_id": self._kept(session, at),
            "urgent_id": self._urgent(session, at),
            "vault_id": factories.vault(session, at, county, county.cadre_id, county.administrator_id),
            "grant_id": deputy[0].grant_id,
            "draft_id": self._draft(session, at),
            "candidate_id": self._candidate(session, at),
            "request_id": self._request(session, at),
            "organisation_id": county.organisation_id,
            "asked_id": self._asked(session, at),
            "department_id": department,
            "liaison_id": spoken.liaison_id,
            "measure_id": measure_id,
            "meeting_id": plans_of_help.meeting(session, at, county, commits=False),
            "row_id": plans_of_help.DECISION,
            "need_id": plans_of_help.need(session, at, county, commits=False),
            "dispatch_id": self._task(session, at, measure_id, department),
            "identity": self._identity(session, at),
            "shift_id": self._shift(session, at),
            **self._papers(session, at, record_id),
            **self._both_sides(session, at),
            **self._counts(session, at),
        }

    def _both_sides(self, session, at):
        county = self.county
        supervisor = acting_for(session, county.district, county.supervisor_id, at)
        case = session.get_one(factories.Case, (county.district, county.case_id))
        key = (county.district, county.case_id)
        case.sealed_contact = bodies.seal_for_case(session, *key, "case_file", "sealed_contact", key, b'{"safe":"any"}')
        partner = two_counties.believed(session, county, at)
        asked = entrusting.entrust(session, supervisor, county.case_id, partner.partner_id, two_counties.TYPED, at)
        received = factories.new_id()
        entrusted.take_request(session, supervisor, partner, two_counties.request(received, at), at)
        visit = {"village_code": county.village, "visitor_ids": [county.caseworker_id], "planned_on": at.date()}
        entrusted.open_visit(session, supervisor, received, **visit, now=at)
        refused = factories.new_id()
        sealed = bodies.seal_for_district(
            session, county.district, "entrusted_kept", "sealed_file", (county.district, refused), b"x"
        )
        session.add(
            EntrustedKept(
                district=county.district, kept_id=refused, reason="entrusted_unreadable", sealed_file=sealed,
                received_by=county.supervisor_id, received_at=at,
            )
        )  # fmt: skip
        kinds = {
            "education_id": ("offender_education", {}),
            "shelter_id": ("shelter", {}),
            "order_id": ("protection_order", {"status": "in_progress", "ended_on": "2027-01-01"}),
            "application_id": ("protection_order", {"status": "applied"}),
        }
        made = {
            name: plans_of_help.measure(session, at, county, kind=kind, commits=False, **told)
            for name, (kind, told) in kinds.items()
        }
        worker = factories.person(session, at, Role.CASEWORKER, county.district, district=county.district)
        task = factories.new_id()
        told = b'{"who":"x","place":"x","what":"x"}'
        session.add(
            OtherSideTask(
                district=county.district, task_id=task, case_id=county.case_id, record_id=made["education_id"],
                worker_id=county.caseworker_id, on_day=date(2027, 6, 1), region_code=county.other_village,
                state="planned", made_by=county.supervisor_id, made_at=at,
                sealed_task=bodies.seal_for_case(
                    session, *key, "other_side_task", "sealed_task", (county.district, task), told
                ),
            )
        )  # fmt: skip
        return {
            **made, "partner_id": partner.partner_id, "request_out_id": asked.request_id, "request_in_id": received,
            "refused_id": refused, "other_task_id": task, "other_worker_id": worker,
        }  # fmt: skip

    def _task(self, session, at, measure_id, department):
        supervisor = acting_for(session, self.county.district, self.county.supervisor_id, at)
        said = {"purpose": "x", "asked": "x", "reach": "x"}
        sent = dispatches.send(session, supervisor, self.county.case_id, measure_id, department, **said, now=at)
        return sent.dispatch_id

    def _shift(self, session, at):
        administrator = acting_for(session, self.county.district, self.county.administrator_id, at)
        who = {"person_id": self.county.supervisor_id, "deputy_id": None, "organisation_id": None}
        hours = {"starts_at": at, "ends_at": at + timedelta(hours=8)}
        return duty.plan(session, administrator, **who, **hours, now=at)[0].shift_id

    def _identity(self, session, at):
        named = {"issuer": "https://id.example", "subject": f"cadre of {self.county.district}"}
        row = OutsideIdentity(
            **named, district=self.county.district, person_id=self.county.cadre_id,
            linked_by=self.county.administrator_id, linked_at=at,
        )  # fmt: skip
        session.add(row)
        return row.named

    def _papers(self, session, at, record_id):
        supervisor = acting_for(session, self.county.district, self.county.supervisor_id, at)
        letter = letters.make(session, supervisor, self.county.case_id, Kind.VISIT, record_id, at)
        given = {"receiver": "civil", "receiver_name": "民政局", "purpose": "低保", "basis_text": "社会救助暂行办法"}
        shared = extracts.share(
            session, supervisor, self.county.case_id, **given, basis="duty", chosen=["code_name"], now=at
        )
        administrator = acting_for(session, self.county.district, self.county.administrator_id, at)
        template = letter_templates.keep(
            session, administrator, Kind.VISIT, "x.docx", shipped.template_of(Kind.VISIT), at
        )
        return {"letter_id": letter.letter_id, "share_id": shared.share_id, "template_id": template.template_id}

    def _counts(self, session, at):
        supervisor = acting_for(session, self.county.district, self.county.supervisor_id, at)
        here, day = self.county.district, at.date()
        days = {"since": day, "until": day + timedelta(days=9)}
        made = campaigns.begin(session, supervisor, name="x", kind="other", region_code=here, **days, form="", now=at)
        told = {"kind": "lecture", "on": day, "region_code": here, "organisation_id": None, "times": 1, "people": 1}
        note = outreach.note(session, supervisor, **told, now=at)
        administrator = acting_for(session, here, self.county.administrator_id, at)
        text = {"title": "x", "issuer": "x", "issued_on": None, "text": "x", "number": 0}
        rule = rule_texts.write(session, administrator, None, **text, now=at)
        return {"campaign_id": made.campaign_id, "note_id": note.note_id, "rule_id": rule.rule_id}

    def _house(self, session, at):
        administrator = acting_for(session, self.county.district, self.county.administrator_id, at)
        made = organisations.add_department(session, administrator, self.county.organisation_id, "权益部", at)
        return made.department_id

    def _belongs(self, session, person_id, department_id):
        person = session.get_one(factories.Person, (self.county.district, person_id))
        person.organisation_id, person.department_id = self.county.organisation_id, department_id
        session.flush()

    def _remark(self, session, at, record_id, revision_id):
        county, remark_id = self.county, factories.new_id()
        key = (county.district, remark_id)
        sealed = bodies.seal_for_case(
            session, county.district, county.case_id, "remark", "sealed_text", key, b'{"path":"x","text":"x","ways":[]}'
        )
        session.add(
            Remark(
                district=county.district, remark_id=remark_id, record_id=record_id, case_id=county.case_id,
                revision_id=revision_id, kind="note", state="open", sealed_text=sealed, made_by=county.supervisor_id,
                made_at=at,
            )
        )  # fmt: skip
        return remark_id

    def _kept(self, session, at):
        county, kept_id = self.county, factories.new_id()
        key = (county.district, kept_id)
        sealed = bodies.seal_for_district(session, county.district, "kept_package", "sealed_package", key, b"x")
        session.add(
            Kept(
                district=county.district, kept_id=kept_id, package_id=factories.new_id(), vault_id=factories.new_id(),
                person_id=county.caseworker_id, status="quarantined", reason="damaged", kind="revision",
                case_id=county.case_id, sealed_package=sealed, received_at=at,
            )
        )  # fmt: skip
        return kept_id

    def _urgent(self, session, at):
        county, urgent_id = self.county, factories.new_id()
        sealed = bodies.seal_for_district(
            session, county.district, "urgent", "sealed_body", (county.district, urgent_id), b"{}"
        )
        session.add(
            Urgent(
                district=county.district, urgent_id=urgent_id, person_id=county.caseworker_id,
                vault_id=factories.new_id(), case_id=county.case_id, signed=True, sealed_body=sealed, received_at=at,
            )
        )  # fmt: skip
        return urgent_id

    def _draft(self, session, at):
        county, draft_id = self.county, factories.new_id()
        key = (county.district, draft_id)
        body = b'{"answers":{},"recorded":{}}'
        sealed = bodies.seal_for_case(session, county.district, county.case_id, "desk_draft", "sealed_body", key, body)
        session.add(
            DeskDraft(
                district=county.district, draft_id=draft_id, record_id=factories.new_id(),
                author_id=county.caseworker_id, case_id=county.case_id, form="F4",
                form_version=factories.version_of("F4"), begun_at=at, saved_at=at, sealed_body=sealed,
            )
        )  # fmt: skip
        return draft_id

    def _request(self, session, at):
        county, request_id = self.county, factories.new_id()
        asked = {"asked_by": county.administrator_id, "asked_at": at, "expires_at": at + timedelta(days=1)}
        row = {"request_id": request_id, "kind": "password", "subject_id": county.second_caseworker_id, "about": "{}"}
        session.add(TwoPersonRequest(district=county.district, **row, **asked))
        return request_id

    def _asked(self, session, at):
        county = self.county
        officer = factories.person(session, at, Role.DATA_PROTECTION, county.district, district=county.district)
        acting = acting_for(session, county.district, officer, at)
        what = rights_requests.Asked(
            RequestKind.COPY, county.case_id, at.date(), who="本人", about_id=county.subject_id
        )
        asked_id = rights_requests.take(session, acting, what, at).request_id
        rights_requests.show_identity(session, acting, asked_id, "known", at)
        rights_requests.grant(session, acting, asked_id, "", at)
        return asked_id

    def _candidate(self, session, at):
        county, candidate_id = self.county, factories.new_id()
        session.add(
            FormCandidate(
                district=county.district, candidate_id=candidate_id, name="x.csv", state=CandidateState.REFUSED,
                told='{"refusals":[],"warnings":[]}', uploaded_by=county.administrator_id, uploaded_at=at,
            )
        )  # fmt: skip
        session.flush()
        session.add(
            CandidateFile(
                district=county.district, candidate_id=candidate_id, number=0, name="x.csv", size=1, content=b"x"
            )
        )
        return candidate_id


@pytest.fixture
def here(app, county, clock, forms, session):
    prepare_server(session, clock())
    place = Place(county, clock)
    place.people |= {"c": "caseworker", "s": "supervisor", "m": "administrator"}
    return place


@pytest.fixture
def elsewhere(app, clock, session, forms):
    county = factories.county(session, clock(), factories.OTHER_DISTRICT)
    session.commit()
    return Place(county, clock)


def addresses(rule, ids):
    """The address of a route with these ids; None where it names none of them."""
    named = {name for name in rule.arguments if name in ids or name.endswith("_id")}
    if not named:
        return None
    return built(rule, {name: ids.get(name, UNKNOWN) for name in named})


def filled(form, ids):
    return {name: ids.get(value[1:-1], UNKNOWN) if value.startswith("{") else value for name, value in form.items()}


def answer_of(desk, method, address, form=None):
    if method == "GET":
        answer = desk.get(address)
    elif address.endswith(("/save", "/hand-in")):  # the script of the page sends these, as JSON
        headers = {"Origin": desk._client.origin, "X-CSRFToken": desk.token(), "X-Draft-Number": "0"}
        sent = {"recorded": None, "position": None} if address.endswith("/save") else HANDED_IN
        answer = desk._client.post(address, json={"answers": {}, **sent}, headers=headers)
    else:
        answer = desk.post(address, **(form or {}))
    said = answer.data.decode(errors="replace")  # a photo is no text
    return answer.status_code, TOKENS.sub(r"\1", IDS.sub("", said))


def in_order(app):
    """What would take the ground from the others is asked last."""
    found = [row for row in rules(app) if ROWS.get(row[0]) not in (PHONE, PUBLIC, OWN)]
    return sorted(found, key=lambda row: (row[1] != "GET", LAST.index(row[0]) + 1 if row[0] in LAST else 0))


@pytest.mark.parametrize("letter", LETTERS)
def test_each_role_finds_what_is_hers_and_nothing_else(app, at_desk, here, elsewhere, letter):
    desk = at_desk(here.people[letter])
    missing = answer_of(desk, "GET", f"/cases/{UNKNOWN}")
    wrong = []
    for endpoint, method, rule in in_order(app):
        own, form = addresses(rule, here.ids), FORMS.get(endpoint, {})
        forms = {of: filled(form, ids) for of, ids in (("own", here.ids), ("foreign", elsewhere.ids), ("none", {}))}
        if own is not None or forms["own"] != forms["none"]:
            unknown = answer_of(desk, method, built(rule, {}), forms["none"])
            foreign = answer_of(desk, method, built(rule, elsewhere.ids), forms["foreign"])
            if foreign != unknown:
                wrong.append(f"{method} {rule}: of another county {foreign[0]}, unknown {unknown[0]}")
        status, said = answer_of(desk, method, own or built(rule, {}), forms["own"])
        if status >= 500:
            wrong.append(f"{method} {rule}: {status}")
        # A draft that is not open any more is said to be so, and one that nobody ever had as well.
        is_closed = status == 404 or (
            endpoint in ("desk_records.save", "desk_records.hand_in") and status == unknown[0]
        )
        if (letter in ROWS.get(endpoint, "")) != (not is_closed):
            wrong.append(f"{method} {rule} ({endpoint}): {status}")
        if status == 404 and said != missing[1]:
            wrong.append(f"{method} {rule}: says more than that nothing is here")
    assert wrong == []


def test_nobody_finds_anything_without_signing_in_and_a_village_cadre_cannot(app, desk, here, config):
    wrong = []
    for _endpoint, method, rule in in_order(app):
        answer = desk.open(built(rule, here.ids), method=method, headers={"Origin": config.desk_origin})
        if method == "GET" and not (answer.status_code == 303 and "/sign-in" in answer.headers["Location"]):
            wrong.append(f"{method} {rule}: {answer.status_code}")
        if method != "GET" and answer.status_code not in (400, 401, 403):
            wrong.append(f"{method} {rule}: {answer.status_code}")
    assert wrong == []


def test_what_is_of_the_phones_is_not_at_the_desk(app, at_desk, here):
    desk = at_desk("supervisor")
    for endpoint, method, rule in rules(app):
        if ROWS.get(endpoint) == PHONE and str(rule) != "/":
            assert answer_of(desk, method, built(rule, {}))[0] == 404, endpoint


# --- what phones send and get -----------------------------------------------------------------------------------------

ABOUT = {"draft": {"number": 1}, "revision": {"parents": []}, "withdraw": {}, "void": {}, "urgent": {}}
BODIES = {
    "revision": {"answers": {}, "replies": [], "recorded": {"started": 1, "language": "zh"}, "visitors": []},
    "draft": {"answers": {}, "recorded": {}, "position": {}},
    "withdraw": {"reason": "mistake", "text": ""},
    "void": {"reason": "duplicate", "text": ""},
    "urgent": {"dangers": ["danger_now"]},
}
# What a phone of this role may send about a family that is hers, and what then becomes of it.
SENDS = {
    "caseworker": {"revision": "ok", "draft": "ok", "void": "ok", "urgent": "ok"},
    "cadre": {"revision": "ok", "draft": "ok", "void": "ok", "urgent": "ok"},
}
FORM_OF = {"cadre": "F3V"}


def send(phone, kind, case_id, visit_id, form):
    head = {"case_id": str(case_id), "visit_id": str(visit_id), "record_id": phone.new_id(), **ABOUT[kind]}
    head |= {"form": form, "form_version": factories.version_of(form)}
    if kind == "revision":
        head |= {"revision_id": phone.new_id(), "intent": "submit"}
    if kind == "urgent":
        head = {}
    item = phone.device.hand_in(kind, BODIES[kind] | ({"case_id": str(case_id)} if kind == "urgent" else {}), **head)
    phone.sync_all()
    if item.op not in phone.device.received | phone.device.attention:
        return "wait", None, None  # the server gave no word yet, and the phone asks again
    said = phone.result(item)
    return said["status"], said["reason"], said.get("record_state")


@pytest.mark.parametrize("kind", ABOUT)
@pytest.mark.parametrize("who", ["caseworker", "cadre", "supervisor", "administrator"])
def test_what_a_phone_sends_of_a_family_that_is_not_hers_is_kept_as_of_one_that_does_not_exist(
    enrolled, county, session, clock, who, kind
):
    # Given a family of hers with a visit, one of another township, and one of another county
    form = FORM_OF.get(who, "F2")
    person_id = getattr(county, f"{who}_id")
    if who == "cadre":
        factories.assign(session, clock(), county.case_id, person_id)
    own_visit = factories.visit(session, clock(), county.case_id, [person_id], forms=form)
    near = factories.case(session, clock(), village=county.other_village)
    near_visit = factories.visit(session, clock(), near, [county.second_caseworker_id], forms=form)
    far = factories.county(session, clock(), factories.OTHER_DISTRICT)
    session.commit()
    phone = enrolled(who)
    # When her phone sends the same of each, and of a family that nobody knows
    own = send(phone, kind, county.case_id, own_visit, form)
    foreign = send(phone, kind, far.case_id, far.visit_id, form)
    unknown = send(phone, kind, UUID(UNKNOWN), factories.new_id(), form)
    other = send(phone, kind, near, near_visit, form)
    # Then hers is taken, and of the others she cannot tell which exists
    assert foreign == unknown
    if who != "supervisor":
        assert other == unknown
    if kind in SENDS.get(who, {}):
        assert own[0] == SENDS[who][kind]


@pytest.mark.parametrize(
    ("who", "sees"),
    [("caseworker", {"own"}), ("cadre", set()), ("supervisor", {"own", "near"}), ("administrator", set())],
)
def test_a_phone_is_given_the_families_of_its_role_and_no_other(enrolled, county, session, clock, who, sees):
    near = factories.case(session, clock(), village=county.other_village)
    far = factories.county(session, clock(), factories.OTHER_DISTRICT)
    for case_id in (county.case_id, near, far.case_id):
        tell(session, county.district, getattr(county, f"{who}_id"), f"case:{case_id}")
    number(session)
    session.commit()
    phone = enrolled(who)
    phone.sync_all()
    held = {ref for ref in phone.device.held if ref.startswith("case:")}
    named = {"own": county.case_id, "near": near}
    assert held == {f"case:{named[name]}" for name in sees}


def test_a_change_of_role_is_pulled_afresh_and_a_removed_member_loses_the_case(enrolled, county, session, clock):
    # Given a caseworker with a family on her phone
    phone = enrolled()
    phone.sync_all()
    assert f"case:{county.case_id}" in phone.device.held
    administrator = county.acting(session, "administrator")
    # When she is taken off the case, it goes; put on again, it comes; when her role moves elsewhere, it goes again
    cases.end_assignment(session, administrator, county.case_id, county.caseworker_id, clock())
    number(session)
    session.commit()
    phone.sync_all()
    assert f"case:{county.case_id}" not in phone.device.held
    teams.add_member(
        session, administrator, county.case_id, county.caseworker_id, team_role=TeamRole.VISITOR, ends_on=None,
        is_related=False, now=clock(),
    )  # fmt: skip
    number(session)
    session.commit()
    phone.sync_all()
    assert f"case:{county.case_id}" in phone.device.held
    accounts.change_role(session, administrator, county.caseworker_id, Role.CASEWORKER, county.other_village, clock())
    number(session)
    session.commit()
    phone.sync_all()
    assert f"case:{county.case_id}" not in phone.device.held


# --- whose reports she opens, form by form and class by class ---------------------------------------------------------

# A report of somebody else on a family that is in her scope. Who told us (F1R) is the supervisor's alone.
OPENS = {"s": set(library.plans()), "p": set(library.plans()) - {"F1R"}}
LISTS = {**OPENS, "c": OPENS["p"]}  # stands in the file with its date and state
ON_HER_PHONE = {"second_caseworker": OPENS["p"], "cadre": set()}


def answers_of_every_class(form):
    """One answer of each class that this form asks a text for: {"answers": …} that names its class."""
    plan = library.plans()[form]
    groups = {node["n"]: node["name"] for node in plan.nodes if node["kind"] == "group" and not node.get("parent")}
    told = {}
    for node in plan.nodes:
        if node["kind"] == "question" and node["type"] == "text" and node.get("parent") in groups:
            group = told.setdefault(groups[node["parent"]], {})
            group.setdefault(node["name"], f"答案 {node['sensitivity']}")
    return json.dumps({"answers": told}, ensure_ascii=False).encode()


@pytest.fixture
def one_of_each(here, county, session, clock):
    """{form: record} of one report of each form by a colleague, on a family of whose team everybody is who can be."""
    prosecutor = session.scalars(select(RoleGrant.person_id).where(RoleGrant.role == Role.PROCURATORATE)).one()
    for person_id in (prosecutor, county.cadre_id):
        if session.get(Assignment, (county.district, county.case_id, person_id)) is None:
            factories.assign(session, clock(), county.case_id, person_id)
    session.execute(delete(ConflictOfInterest))
    author = {"author_id": county.caseworker_id, "visit_id": county.visit_id}
    made = {
        form: factories.record(session, clock(), county, form=form, answers=answers_of_every_class(form), **author)[0]
        for form in sorted(library.plans())
    }
    visitors = [county.second_caseworker_id, county.cadre_id]
    factories.visit(session, clock(), county.case_id, visitors, forms="F3V")
    session.commit()
    return made


@pytest.mark.parametrize("letter", LETTERS)
def test_each_role_opens_the_reports_of_each_form_that_are_hers_and_reads_no_other_class(
    app, at_desk, here, county, session, clock, one_of_each, letter
):
    here.people["c"] = f"caseworker-{letter}"
    if letter == "c":
        colleague = factories.person(session, clock(), Role.CASEWORKER, county.district, login=here.people["c"])
        factories.assign(session, clock(), county.case_id, colleague)
        session.commit()
    desk = at_desk(here.people[letter])
    desk.post(f"/cases/{county.case_id}/reason", reason="review", line="")  # a child's sheet (F6) is there too
    acting = acting_of(session, here.people[letter], clock())
    session.commit()  # whoever reads on holds up the pages
    allowed = frozenset().union(*(scope.READS[role] for role, _ in acting.grants))
    opened, classes = set(), set()
    for form, record_id in one_of_each.items():
        answer = desk.get(f"/reports/{record_id}")
        assert answer.status_code in (200, 404), form
        opened |= {form} if answer.status_code == 200 else set()
        classes |= {name for name in CLASSES if f"答案 {name}" in answer.text}
    assert opened == OPENS.get(letter, set())
    assert classes <= allowed and ("reporter" in classes) == (letter == "s")
    found = casefiles.file_of(session, acting, county.case_id)
    listed = set() if found is None else {record.form for record, _ in found.records}
    assert listed == LISTS.get(letter, set())


@pytest.mark.parametrize("who", ON_HER_PHONE)
def test_a_phone_is_told_of_the_reports_of_each_form_that_are_hers_and_never_what_others_answered(
    enrolled, county, one_of_each, who
):
    phone = enrolled(who)
    phone.sync_all()
    bundle = phone.device.held[f"case:{county.case_id}"]
    assert bundle["preloaded"]
    assert {record["form"] for record in bundle["records"]} == ON_HER_PHONE[who]
    assert "答案" not in json.dumps(bundle, ensure_ascii=False)


def acting_of(session, login, at):
    account = session.get_one(Account, login)
    return acting_for(session, account.district, account.person_id, at)
