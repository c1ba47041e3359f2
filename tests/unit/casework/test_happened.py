"""Every kind of event has an act that notes it: words for what nobody ever says would promise a line that never comes.

NOTED names them by hand, file by file. A kind that is not there is noted nowhere; one that stands there for a file that
does not speak of it is not noted there.
"""

import re
from pathlib import Path

from fieldapp.actions.measures_known import _CLOCKED
from fieldapp.casework.happened import EACH_ITS_OWN, OF_A_LETTER, Happened
from fieldapp.casework.roads import HAPPENED

ACTIONS = Path(__file__).parents[3] / "fieldapp" / "actions"
# Beside the moves of a case (roads.HAPPENED), and what clocks alone hear of the steps of a measure (_CLOCKED).
NOTED = {
    "case_extracts": "extract_made",
    "case_steps": "assigned could_not_visit petition_received petition_answered consultation_held letter_sent acked"
    " letter_received follow_up_tried visit_again",
    "cases": "lead_received team_changed",
    "crews": "expert_named",
    "defacto": "defacto_first_done defacto_second_done",
    "dispatches": "dispatched dispatch_accepted dispatch_refused dispatch_withdrawn dispatch_done",
    "entrusting": "visit_entrusted entrusted_answered",
    "extracts": "extract_made",
    "funds": "fund_noted",
    "green": "green_given green_ended",
    "help_come": "help_arrived",
    "imports": "assigned",
    "key_care": "key_care_listed key_care_reviewed key_care_ended",
    "letters": "letter_made letter_signed paper_sent letter_received scan_added",
    "measures": "measure_moved",
    "notices": "reverse_notice decided",
    "orders": "measure_moved urgent_order_applied",
    "protections": "danger_told protect_begun protect_ended report_due reported report_not_needed",
    "rights_requests": "rights_asked rights_decided",
    "screenings": "screened",
    "teams": "team_changed",
    "told_days": "relief_right_told petition_received petition_answered supplied consultation_held funds_arrived"
    " relief_told relief_paid",
    "told_at_once": "danger_told report_due reported",
    "women": "women_asked women_not_asked worker_allowed",
}


def text_of(name):
    return (ACTIONS / f"{name}.py").read_text("utf-8")


def test_every_kind_of_event_is_noted_by_an_act():
    noted = {kind for kinds in NOTED.values() for kind in kinds.split()}
    assert noted | set(HAPPENED.values()) | set(_CLOCKED.values()) == set(Happened)


def test_each_file_notes_what_is_said_of_it_and_no_other_file_notes_anything():
    for name, kinds in NOTED.items():
        named = {Happened[one].value for one in re.findall(r"\bHappened\.([A-Z_]+)", text_of(name))}
        assert set(kinds.split()) <= named, name
    noting = {
        path.stem for path in ACTIONS.rglob("*.py") if re.search(r"\bcase_events\.note\(", path.read_text("utf-8"))
    }
    assert noting - {"defacto"} <= NOTED.keys()
    assert all("case_events.note(" in text_of(name) for name in NOTED)


def test_what_is_of_a_letter_is_of_nothing_else_besides():
    assert not OF_A_LETTER & EACH_ITS_OWN
