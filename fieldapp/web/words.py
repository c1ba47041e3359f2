"""Words for the codes that pages show: states, reasons, kinds. Each goes through gettext."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _


def kind(form: str, own: Mapping[str, str]) -> LazyString | str:
    """What a form is called: one of the library in our words, one of this place (`own`: title by form) in its own."""
    return RECORD_KINDS.get(form) or own.get(form, form)


def media_addresses(plan: Mapping[str, Any]) -> dict[str, str]:
    """Where the desk's pages find the pictures, sounds and films of a plan (JSON), by name."""
    files = {name: one["hash"] for name, one in (plan.get("files") or {}).items() if one["kind"] == "media"}
    return {
        name: url_for("forms.media_file", name=hashed, ending=name.rpartition(".")[2].lower())
        for name, hashed in files.items()
    }


def region(names: dict[str, str], code: str) -> str:
    """The name of a region by its code or by the prefix a grant holds; the code where it has no name today."""
    return names.get(code) or names.get(code.ljust(12, "0")) or code


STATES: dict[str, LazyString] = {
    "draft": _("Draft"),
    "door_submitted": _("Handed in at the door"),
    "submitted": _("Waiting for review"),
    "in_review": _("In review"),
    "returned": _("Returned"),
    "approved_first": _("Approved, first level"),
    "approved": _("Approved"),
    "void": _("Void"),
}
RETURN_REASONS: dict[str, LazyString] = {
    "incomplete": _("Something is missing"),
    "unclear": _("Something is unclear"),
    "contradiction": _("Answers contradict each other"),
    "paper_missing": _("A paper is missing"),
    "wrong_household": _("Wrong household"),
    "two_versions": _("Two versions: the author settles which"),
    "other": _("Another reason (say which)"),
}
REMARK_KINDS: dict[str, LazyString] = {
    "must_fix": _("Must be put right"),
    "explain": _("Please explain"),
    "note": _("Note"),
}
REMARK_WAYS: dict[str, LazyString] = {
    "paper": _("from papers"),
    "safe_call": _("by a safe call"),
    "new_visit": _("at a new visit"),
}
REMARK_STATES: dict[str, LazyString] = {
    "open": _("open"),
    "answered": _("answered"),
    "resolved": _("settled"),
}
REPLIES: dict[str, LazyString] = {
    "changed": _("Answer changed"),
    "explained": _("Explained"),
    "spared": _("Not asked again, to spare her"),
}
BRIEF: dict[str, LazyString] = {
    "who": _("Who"),
    "happened": _("What happened"),
    "safety": _("Safety"),
    "differs": _("Not as before"),
    "needs": _("Needs"),
    "unknowns": _("Not known, and why"),
    "papers": _("Papers"),
    "opinion": _("The visitors' opinion"),
}
ROLES: dict[str, LazyString] = {
    "village": _("Village cadre"),
    "caseworker": _("Caseworker"),
    "supervisor": _("Supervisor"),
    "procuratorate": _("Procuratorate"),
    "liaison": _("Department liaison"),
    "data_protection": _("Data-protection officer"),
    "auditor": _("Auditor"),
    "administrator": _("Administrator"),
}
ORGANISATION_KINDS: dict[str, LazyString] = {
    "wf": _("Women's federation"),
    "proc": _("Procuratorate"),
    "police": _("Police"),
    "court": _("Court"),
    "justice": _("Justice and legal aid"),
    "civil": _("Civil affairs"),
    "edu": _("Education"),
    "health": _("Health"),
    "medins": _("Medical insurance"),
    "hr": _("Human resources"),
    "rural": _("Rural revitalisation"),
    "dpf": _("Disabled persons' federation"),
    "veteran": _("Veterans' affairs"),
    "housing": _("Housing"),
    "union": _("Trade union"),
    "cyl": _("Youth league"),
    "plc": _("Political and legal commission"),
    "town": _("Township"),
    "village": _("Village committee"),
    "school": _("School"),
    "hospital": _("Hospital"),
    "employer": _("Employer"),
    "welfare_home": _("Welfare home"),
    "charity": _("Charity"),
    "law_firm": _("Law firm"),
    "social_work": _("Social work agency"),
    "psych": _("Counselling agency"),
    "insurer": _("Insurer"),
    "center": _("One-stop care centre"),
    "station": _("Service station"),
    "workroom": _("Workroom"),
    "mediation_room": _("Mediation room"),
}
CREW_KINDS: dict[str, LazyString] = {
    "care": _("Care group"),
    "volunteers": _("Women volunteers"),
    "experts": _("Expert volunteers"),
    "lookout": _("Safe-family lookout post"),
    "grid": _("Grid workers and executive committee"),
}
EXPERT_KINDS: dict[str, LazyString] = {
    "lawyer": _("Lawyer"),
    "counsellor": _("Psychological counsellor"),
    "family_counsellor": _("Marriage and family counsellor"),
    "social_worker": _("Social worker"),
    "doctor": _("Doctor"),
    "other": _("Other"),
}
OPENING_REASONS: dict[str, LazyString] = {
    "review": _("To check a report"),
    "plan": _("To plan help or a visit"),
    "urgent": _("Danger, or a mandatory report"),
    "inspection": _("Inspection of the work"),
    "other": _("Another reason (say which)"),
}
BAD_REGIONS: dict[str, LazyString] = {
    "code_shape": _("Not a code of this level: 6 digits down to the county, 12 below, zeros behind"),
    "day_shape": _("Not a day (YYYY-MM-DD)"),
    "days_reversed": _("The last day lies before the first"),
    "level_unknown": _("Not a level: province, prefecture, county, township, village"),
    "merged_needs_end": _("What was merged needs its last day"),
    "name_needed": _("A name is needed, at most 100 characters"),
    "other_county": _("Of another county"),
    "parent_unknown": _("What it belongs to is not known, or of the wrong level"),
    "successor_circle": _("The codes that took its place go round in a circle"),
    "successor_unknown": _("What took its place is not known, or of another level"),
    "twice": _("This code stands here twice from the same day"),
}
CAME_UP: dict[str, LazyString] = {
    "author": _("Came up: the supervisor wrote it herself"),
    "issuer": _("Came up: the supervisor gave out the author's phone code within seven days"),
    "related": _("Came up: the supervisor is related to the family"),
    "first": _("Came up: the supervisor gave the first approval"),
    "nobody": _("Came up: this region has no supervisor"),
}
TEAM_ROLES: dict[str, LazyString] = {
    "lead": _("keeps the case together"),
    "visitor": _("visits"),
    "member": _("reads and plans along"),
    "village": _("looks in from the village"),
    "officer": _("child-safety officer"),
    "entrusted": _("of another region, this visit only"),
}
PURPOSES: dict[str, LazyString] = {
    "investigation": _("Home visit"),
    "follow_up": _("Follow-up"),
    "village_follow_up": _("Short visit"),
    "sweep": _("Round of the village"),
    "officer": _("Visit of the child-safety officer"),
    "other": _("Other visit"),
    "intake": _("Intake"),
}
# As the forms are titled (fieldapp/forms/library), so that phone and desk say the same.
RECORD_KINDS: dict[str, LazyString] = {
    "F0": _("Notice and consent"),
    "F1": _("Intake note"),
    "F1R": _("Contact person"),  # "Contact" is how she is reached
    "F2": _("Household investigation"),
    "F3": _("Follow-up"),
    "F3V": _("Short visit note"),
    "F4": _("Lead transfer letter"),
    "F4R": _("Receipt of the letter"),
    "F5": _("A talk alone"),
    "F6": _("About the child"),
    "F7": _("Assistance measure"),
    "F8": _("Joint meeting"),
    "F9": _("Case closure"),
    "F10": _("Round of the village"),
}
VISIT_REASONS: dict[str, LazyString] = {
    "first_visit": _("First visit"),
    "planned_visit": _("Planned visit"),
    "village_30_days": _("30-day look-in"),
    "village_90_days": _("90-day look-in"),
    "after_return": _("After a return"),
    "asked_for": _("Asked for"),
}
VISIT_STATES: dict[str, LazyString] = {
    "planned": _("Planned"),
    "done": _("Done"),
    "cancelled": _("Cancelled"),
}
KEPT_KINDS: dict[str | None, LazyString] = {
    "revision": _("Report"),
    "draft": _("Copy of a draft"),
    "void": _("Giving up a draft"),
    "withdraw": _("Taking a report back"),
    "urgent": _("Danger reported"),
}
# Reasons of sync/codes.py, as far as they keep something aside for a person.
KEPT_REASONS: dict[str, LazyString] = {
    "approved": _("The report was approved already"),
    "bad_signature": _("The author's signature does not hold"),
    "damaged": _("Damaged, cannot be opened"),
    "handed_in": _("Given up after it was handed in"),
    "in_review": _("The report was in review"),
    "leads_too_many": _("More leads than one person takes in a day"),
    "not_submitted": _("Taken back when it was no longer in the queue"),
    "not_the_author": _("Not sent by the author"),
    "not_yours": _("For a family that is unknown, or not the sender's"),
    "package_reused": _("Its number was used before for something else"),
    "package_too_large": _("Too large"),
    "parent_kept": _("Builds on something that was kept aside"),
    "remarks_open": _("A remark that must be put right was not answered"),
    "revoked": _("From a revoked phone"),
    "shape": _("The answers do not fit their form"),
    "suspended": _("From a suspended phone"),
    "unknown_form": _("A form or version this server does not have"),
    "unknown_suite": _("Sealed in a way this server does not know"),
    "unsigned": _("Without the author's signature"),
    "urgent_too_many": _("Too many urgent reports from a locked phone"),
    "void": _("The report was void already"),
}
# What became of the packages of a parcel, and of its files (actions/parcels.py); why something was kept: KEPT_REASONS.
PARCEL_PACKAGES: dict[str, LazyString] = {
    "ok": _("Taken in"),
    "dup": _("Was here already"),
    "wait": _("Waits for another report that is not here yet"),
    "reseal": _("Sealed to a key this server no longer has: the phone seals it again at its next contact"),
    "conflict": _("Kept beside another version"),
    "locked": _("Kept on the side: the report is in review or decided"),
    "quarantined": _("Kept aside for a supervisor"),
    "refused": _("Not taken: too much of this stopped phone waits already"),
}
PARCEL_FILES: dict[str, LazyString] = {
    "complete": _("Photos and files here"),
    "damaged": _("Damaged on the way: save the file on the phone again"),
    "file_changed": _("Another file is here under its number"),
    "file_offset": _("Is just being sent over the network as well"),
    "gone": _("Its family was erased"),
    "server_busy": _("The store of files does not answer: hand the same file in again later"),
    "storage_full": _("No room on the disk of this server"),
    "too_large": _("Too large"),
    "too_many_open": _("Too many were begun and not ended: let the phone end those first"),
    "too_much_today": _("More than one person may send in a day: hand the same file in again tomorrow"),
    "too_much_unnamed": _("Too many files that no report names"),
    "unknown_key": _("Sealed to a key this server no longer has"),
    "unknown_suite": _("Sealed in a way this server does not know"),
}
VAULT_STATES: dict[str, LazyString] = {
    "active": _("In use"),
    "suspended": _("Suspended"),
    "revoked": _("Revoked"),
}
PHONE_FILTERS: dict[str, LazyString] = {
    "active": _("In use"),
    "suspended": _("Suspended"),
    "revoked": _("Revoked"),
    "wipe": _("To be wiped, or wiped"),
    "quiet": _("No contact for 14 days"),
    "unsent": _("With work not sent yet"),
    "clock": _("With a clock that is off"),
}
WAYS: dict[str, LazyString] = {
    "secret": _("passphrase or digits"),
    "pin": _("PIN with the server's share"),
    "prf": _("fingerprint or screen lock (passkey)"),
}
POLICIES: dict[str, LazyString] = {
    "idle_s": _("Covered after so many seconds without a touch"),
    "visit_session_s": _("A visit may stay open for so many seconds"),
    "lease_days": _("Opens offline for so many days after the last contact"),
    "preload_h": _("Families of visits within so many hours are on the phone"),
    "draft_copy_s": _("Seconds between copies of an open draft"),
    "ways": _("Ways to unlock"),
    "pin_digits": _("Digits of a PIN"),
    "secret_minimum": _("Characters of a passphrase, at least"),
    "training": _("Training with invented families"),
}
SENSITIVITY: dict[str, LazyString] = {
    "household": _("household"),
    "money": _("money"),
    "health": _("health"),
    "child": _("child"),
    "violence": _("violence"),
    "reporter": _("reporter"),
}
BANDS: dict[str, LazyString] = {
    "red": _("Risk red"),
    "orange": _("Risk orange"),
    "yellow": _("Risk yellow"),
    "blue": _("Risk blue"),
}
EXPORT_REASONS: dict[str, LazyString] = {
    "report_above": _("report to the office above"),
    "meeting": _("joint meeting"),
    "planning": _("planning of the work"),
    "inspection": _("inspection of the work"),
    "research": _("research"),
}
DANGERS: dict[str, LazyString] = {
    "danger_now": _("Danger now"),
    "child_harmed": _("A child was harmed"),
    "incapable_harmed": _("Somebody who cannot protect herself was harmed"),
    "injury": _("Somebody is injured"),
    "red_band": _("Assessed as red"),
    "child_unsafe": _("A child is not safe"),
    "child_safety_unknown": _("Nobody knows whether a child is safe tonight"),
    "new_violence": _("Violence again"),
    "order_broken": _("An order was broken"),
}
SEX: dict[str, LazyString] = {"female": _("female"), "male": _("male")}
PERSON_SEX: dict[str | None, LazyString] = {None: _("not said"), "woman": _("woman"), "man": _("man")}
RELATIONS: dict[str, LazyString] = {
    "self": _("herself / himself"),
    "spouse": _("spouse"),
    "ex_spouse": _("former spouse"),
    "son": _("son"),
    "daughter": _("daughter"),
    "stepchild": _("stepchild"),
    "father": _("father"),
    "mother": _("mother"),
    "father_in_law": _("father-in-law"),
    "mother_in_law": _("mother-in-law"),
    "brother": _("brother"),
    "sister": _("sister"),
    "grandparent": _("grandparent"),
    "grandchild": _("grandchild"),
    "other_relative": _("other relative"),
    "guardian": _("guardian"),
    "none": _("no relation"),
}
TWO_PERSON_KINDS = {
    "password": _("a new password"),
    "second_factor": _("a new second factor"),
    "identity": _("sign-in by the organisation's server"),
    "device": _("a code for another phone"),
}
IMPORT_KINDS: dict[str, LazyString] = {
    "leads": _("Leads"),
    "cases": _("Open cases"),
}
FUND_ENTRIES: dict[str, LazyString] = {
    "received": _("Money came"),
    "used": _("Money was used"),
    "handed_over": _("Handed over, to her or to who keeps it next"),
}
