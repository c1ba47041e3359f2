"""What the published cases answer to the forms: facts from fieldapp/demo/cases.json, nothing a source does not say.

By path with row numbers. What is not in a table is answered by a reason for not knowing, as in the field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.browser.live import Answer, Signature

Table = Mapping[str, Answer | Signature]

UNKNOWN = {"unknown": "does_not_know"}
NOT_SEEN = {"unknown": "not_present"}
CONSENT: Table = {
    "cs.told": ["who", "purpose", "kinds", "keep_time", "rights", "sensitive_why"],
    "cs.basis": "consent",
    "cs.capacity": "self",
    "cs.purposes": ["visit", "relief"],
    "cs.share_with": ["wf", "proc"],
    "cs.photo": "no",
    "cs.audio": "no",
    "cs.how": "signed",
    "cs.sign": Signature.HERS,
}
SIGNATURES: Table = {
    "concl.sign_subject": Signature.HERS,
    "concl.sign_visitors.first": Signature.VISITOR,
    "concl.sign_visitors.second": Signature.VISITOR,
}
VISIT: Table = {
    "visit.id_shown": "yes",
    "visit.informants": ["self", "family"],
    "visit.language": "none",
}


@dataclass(frozen=True)
class CaseAnswers:
    """One published case: who gives consent, the door set, the pages after it, the judgement of the evening.

    Then the forms it calls for, each in one table for all its pages: the talk alone, the sheet of each child (by its
    name in the file), the follow-up. `day`: when the visit was made, where the ages of that day matter.
    """

    case: str
    person: str
    door: Table
    later: Table
    desk: Table
    consent_basis: str = "consent"
    talk: Table | None = None
    children: Mapping[str, Table] = field(default_factory=dict)
    follow_up: Table | None = None
    day: str | None = None

    @property
    def consent(self) -> Table:
        return {**CONSENT, "cs.basis": self.consent_basis, "cs.by": self.person}


S001_1 = CaseAnswers(
    case="S001-1",
    person="吴甲红",
    door={
        "visit.conflict": "no",
        "visit.alone": "yes",
        "visit.present": ["nobody"],
        "visit.in_brief": "丈夫长期打骂、冻饿，现由姐姐照看",
        # Both are in the case file, outside the household, and come from there.
        "members[1].birth_ym": UNKNOWN,
        "members[2].birth_ym": UNKNOWN,
        "loss.urgent_treatment": "no",
        "home.safe": "yes",
        "dv.screen": "yes",
        "child.screen": "no",
        "risk.suicide": "no",
        "needs.wanted[0].need": "psych",
        "needs.wanted[0].urgent": "yes",
        "concl.read_back": "想离婚，想让姐姐做监护人，想把病看好。",
        **SIGNATURES,
    },
    later={
        **VISIT,
        "hh.hukou_type": "unified",
        "hh.residence_region": {"unknown": "later"},
        "hh.area": "urban",
        "hh.members_now": "1",
        "hh.has_benefits": "yes",
        "hh.benefits[0].type": "dibao",
        "hh.benefits[0].has": "no",
        "hh.benefits[1].type": "village_member_benefit",
        "hh.benefits[1].has": "no",
        "members[0].alive": "alive",
        "members[0].together": "yes",
        "members[0].marital": "married",
        "members[0].self_care": "partial",
        "members[0].work": "none",
        "members[0].labour": "lost",
        "members[0].labour_cause": "offence",
        "members[0].health": ["mental", "injured"],
        "members[0].diagnosis[0].what": "精神分裂症",
        "members[0].diagnosis[0].on": "201911",
        "members[0].disability_types": ["limb", "mental"],
        "members[0].capacity": "limited",
        "members[0].is_victim": "yes",
        "members[1].alive": "alive",
        "members[1].together": "no",
        "members[1].labour": NOT_SEEN,
        "members[1].self_care": NOT_SEEN,
        "members[2].alive": "alive",
        "members[2].together": "no",
        "members[2].labour": NOT_SEEN,
        "members[2].self_care": NOT_SEEN,
        "case.type": "injury",
        "case.charge": "故意伤害罪",
        "case.offender_relation": "husband",
        "case.stage": "prosecuted",
        "case.divorce_suit": "filed",
        "fin.has_income": "no",
        "home.type": "rented",
        "concl.docs": ["case_document", "medical_record"],
    },
    desk={
        "members[0].assisted": "yes",
        "members[1].assisted": "no",
        "members[2].assisted": "no",
        "case.subject_fault": "no",
        "concl.facts": "丈夫长期打骂、冻饿，造成肢体残疾；房租和日常花销由姐姐负担。",
        "concl.causal": "direct",
        "concl.hardship": "very",
        "concl.opinion": "protect_first",
    },
)

# The supervisor asks after the rent, and it turns out that the sister's money is income.
QUESTIONED = "fin.has_income"
CORRECTED: Table = {
    "fin.has_income": "yes",
    "fin.income[0].source": "support",
    "fin.income[0].amount": UNKNOWN,
}
SHORT_VISIT: Mapping[str, str] = {
    "fv.met": "yes",
    "fv.change": "same",
    "fv.needs_help": "yes",
    "fv.help": "doctor",
    "fv.worried": "no",
}
