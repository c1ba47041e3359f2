"""What the published cases answer to the forms beside the visit: lead, letter, receipt, meeting, measures, end.

Words and sums are those of fieldapp/demo/cases.json. What no source tells and no form goes without stands under
INVENTED: it is the clerk's own, as is the way a measure is given (`WAY`), which she says of what the source tells.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fieldapp.casework.measure_types import MEASURE_TYPES
from tests.browser import read_back
from tests.browser.answers import UNKNOWN, Table
from tests.browser.live import Signature

# -- INVENTED: days, pages, who signs; no source tells any of it
REACHED = "工作日上午打 199 0000 2200，找走访人员"
CLERK_PHONE = "19900002200"
DUE = "20301201"
DECIDED_UNTIL = "20231201"  # what a meeting decides is due in the period that is counted at the end
NO_PAPER = {"unknown": "no_paper"}
LATER = {"unknown": "later"}
# Whoever takes a lead has asked it: only of violence at home was danger not ruled out.
IN_DANGER = frozenset({"S001-1"})
RELATIONS = {
    "spouse": "配偶", "son": "儿子", "daughter": "女儿", "father": "父亲", "mother": "母亲",
    "father_in_law": "公公", "mother_in_law": "婆婆",
}  # fmt: skip
WAY = {
    "psych": "service", "disability_cert": "status", "medins_premium_waiver": "waiver",
    "medical_reimbursement": "cash", "legal_aid": "service", "land_property_protection": "service",
    "key_care_list": "status", "visit_care": "service", "tuition_waiver": "waiver", "public_post": "job",
    "monitored_household": "status", "paired_help": "service", "school_placement": "service",
    "school_escort": "service", "medical_admission": "service", "comprehensive_help": "service",
}  # fmt: skip
STATUS = {"stated_done": "done", "in_progress": "in_progress", "planned": "planned"}
# What the sources call it is what the federation is asked; a city of a county is no prefecture.
LEVEL_OF = {"衡阳市人民检察院": "city", "安顺市人民检察院": "city"}
# The organ is named elsewhere in the source: "第一時間向市檢察院移送了司法救助線索".
ORGANS = {"S003-lili": ("市檢察院",)}
LETTER_TO = {"S001-1": "丰台区人民检察院", "S001-5": "常宁市人民检察院", "S003-lili": "市檢察院"}
CASE_TYPES = {"injury": "故意伤害", "traffic": "交通肇事"}
# As the findings of the visits write what the source says, in part or in our script.
HARM_IN_THE_FINDINGS = {
    "S001-1": "造成肢体残疾",
    "S001-5": "刘某三重伤一级，需终身护理",
    "S003-lili": "遭受故意伤害致残",
}
RECEIPT_NO = "司救收3号"  # ours: no source tells under which number it was received
# What screening asks and the visit's own tables leave to sentences, each with the words that say it.
TOLD_BESIDES: Mapping[str, Table] = {
    "S001-1": {
        "members[0].self_care": "none",  # "需专人照看"
        "case.legal_actions[0].kind": "guardian_appointed",  # "就指定监护人和吴甲红离婚纠纷……提出支持起诉意见"
        "loss.victims[0].psych": "精神疾病",  # "精神疾病及身体损伤均需长期治疗"
    },
    # "人户分离": registered in another township than she lives in; both codes are ours.
    "S002-liu": {"hh.hukou_region": "990101200201", "hh.residence_region": "990101100201"},
}
# Who conferred, each in the words of the source, with its kind; from outside: people's deputies were invited.
CONFERRED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "S001-1": (("proc", "丰台区人民检察院"), ("wf", "区妇联"), ("town", "乡镇政府"), ("village", "村委会")),
    "S001-3": (("proc", "井冈山市人民检察院"), ("wf", "市妇联")),
    "S001-5": (("proc", "两级检察院"), ("wf", "妇联")),
    "S001-7": (("proc", "镇宁县人民检察院"), ("wf", "县妇联"), ("rural", "乡村振兴局")),
    "S002-liu": (
        ("wf", "五华区妇联"), ("wf", "西山区妇联"), ("wf", "街道妇联"), ("plc", "综治"), ("justice", "司法"),
        ("village", "社区"), ("police", "派出所"),
    ),
}  # fmt: skip
# Why it ends, and what came of her need: of the case that goes on elsewhere in its words.
GOES_ON = "法律援助已经受理，由法律援助办理"
END: Mapping[str, Table] = {
    "S002-liu": {
        "cl.reason": "other",
        "cl.reason_other": GOES_ON,
        "cl.needs_answered[0].result": "referred",
        "cl.needs_answered[0].why": GOES_ON,
    }
}
# The kind of help that answers what she asked for at the visit, where no meeting stands between.
ANSWERS_A_NEED = {"S003-lili": "judicial_relief"}


def family(case: Mapping[str, Any]) -> Table:
    """The rows of the family, typed: a file that begins with a lead knows her alone, and the first row is hers."""
    typed: dict[str, Any] = {}
    people = {one["id"]: one for one in case["persons"]}
    for number, code in enumerate(read_back.family_of(case)):
        one, row = people[code], f"members[{number}]"
        typed[f"{row}.name"] = name_of(one, number)
        typed[f"{row}.sex"] = one["sex"] or UNKNOWN
        typed[f"{row}.birth_ym"] = (one["birth_ym"] or "").replace("-", "") or UNKNOWN
        typed[f"{row}.relation"] = one["relation_to_principal"] or UNKNOWN
    return {path: answer for path, answer in typed.items() if not path.startswith("members[0]")}


def name_of(person: Mapping[str, Any], number: int) -> str:
    """The name, or what she or he is to her, or the number in the family, counted from 0."""
    return str(person["name"] or RELATIONS.get(person["relation_to_principal"] or "") or f"家人{number + 1}")


def lead(case: Mapping[str, Any]) -> Table:
    """F1. Where the source names no channel, none is guessed."""
    her = case["persons"][0]
    told, source = case["lead"], case["lead"]["source_text"]
    typed: dict[str, Any] = {
        "lead.channel": told["channel"] or UNKNOWN,
        "lead.danger_now": UNKNOWN if case["id"] in IN_DANGER else "no",
        "lead.summary": source,
        "lead.name": her["name"],
        "lead.contact_safe": "only_times",
        "lead.contact_how": REACHED,
    }
    if told["finder_org"] != "wf":  # which stands there
        typed["lead.org"] = told["finder_org"]
    if her["sex"]:
        typed["lead.sex"] = her["sex"]
    if her["birth_ym"]:
        typed["lead.birth"] = her["birth_ym"].replace("-", "")
    if her["capacity_text"]:  # "限制民事行为能力人", beaten and starved
        typed |= {"lead.incapable_involved": "yes", "lead.harm_suspected": "yes"}
    return typed


def letter(case: Mapping[str, Any], at: str) -> Table:
    """F4: the four contents; what the visit found stands in it already. `at`: when it is sent."""
    situation = sorted(
        code
        for code, told in case["expected_categories"][case["principal_id"]].items()
        if told["status"] in ("met", "provisional")
    )
    typed: dict[str, Any] = {
        "tl.from_level": "county",
        "tl.to_name": LETTER_TO[case["id"]],
        "tl.to_level": "county",
        "tl.contact_phone": CLERK_PHONE,
        "four.situation": situation,
        "sent.basis": "duty",
        "sent.basis_text": "《关于在办理国家司法救助案件中加强衔接配合的实施意见》",
        "sent.approved_by": Signature.VISITOR,
        "sent.sent_at": at,
    }
    return typed


def letter_says(case: Mapping[str, Any]) -> Iterator[str]:
    """What the source tells and the printed letter says: to whom it goes, of whom, of which case, of which harm."""
    yield LETTER_TO[case["id"]]
    yield next(one["name"] for one in case["persons"] if one["id"] == case["principal_id"])
    yield CASE_TYPES[case["original_case"]["case_type"]]
    yield HARM_IN_THE_FINDINGS.get(case["id"], case["harm"]["injuries_text"])


def papers(count: int) -> Table:
    """Of each paper that stands in the letter: those that the visit saw lie in it, the others follow."""
    told = {"form": "copy", "pages": "1", "follows_by": DUE}
    return {f"enc.papers[{number}].{name}": value for number in range(count) for name, value in told.items()}


# Of her the source tells nothing of hardship: the letter is refused until somebody says so in words.
NOTHING_TOLD: Table = {"four.hardship": "来源没有写明生活困难情况，待查明。"}


def receipt(case: Mapping[str, Any], at: str) -> Table:
    """F4R: the decision of the organs, without a sum or a day that nobody published. `at`: when it is written."""
    relief = case["relief"]
    named = (case["joint_relief"] or {}).get("organs") or ORGANS[case["id"]]
    typed: dict[str, Any] = {
        "relief.ack_at": at,
        "relief.has_missing": "no",
        "relief.result": "granted",
        "relief.amount": NO_PAPER,
        "relief.decided_on": NO_PAPER,
        "relief.has_custody": "yes" if relief["fund_custody_text"] else UNKNOWN,
        "relief.feedback_at": at,
        **row_of_organs(named),
    }
    if relief["fund_custody_text"]:
        typed["relief.custodian"] = relief["fund_custody_text"]
    if case["green_channel"]:
        typed["relief.green_channel"] = "yes"
    return typed


def row_of_organs(named: tuple[str, ...] | list[str]) -> dict[str, Any]:
    """A row for each organ that decided."""
    rows: dict[str, Any] = {}
    for number, name in enumerate(named):
        rows |= {
            f"relief.organs[{number}].name": name,
            f"relief.organs[{number}].level": LEVEL_OF.get(name, "county"),
        }
    return rows


@dataclass(frozen=True)
class Help:
    """One measure of one kind. `decided`: who was put in charge of it, None where nobody is named; `is_given`: it is
    done or under way in the end; `is_hers`: she is among those it is for.
    """

    type: str
    content: str
    decided: str | None
    answers: Table
    is_given: bool
    is_hers: bool

    @property
    def by_civil(self) -> bool:
        return self.decided == "civil"


def measures(case: Mapping[str, Any]) -> Iterator[Help]:
    """A record for each kind of help that a sentence names."""
    people = {one["id"]: one for one in case["persons"]}
    for told in case["measures"]:
        for kind in told["types"]:
            several = len(told["types"]) > 1
            content = told["content_text"] + (f"（{MEASURE_TYPES[kind].name.zh}）" if several else "")
            providers = told["providers"]
            civil = providers[:1] == ["civil"]
            status = STATUS[told["status"]]
            typed: dict[str, Any] = {
                "ms.type": kind,
                "ms.title": content,
                "ms.providers": list(providers) or UNKNOWN,
                "ms.kind": WAY.get(kind, "cash"),
            }
            # What a department does is planned first, as the form has it; it answers, and then the measure is done.
            if not civil and status != "planned":
                typed |= {"ms.status": status, "ms.started_on": NO_PAPER}
            if told["amount_yuan"]:
                typed |= {"ms.amount": str(told["amount_yuan"]), "ms.unit": told["amount_unit"]}
            if told["amount_text"]:
                typed["ms.amount_text"] = told["amount_text"]
            if kind == "key_care_list":
                typed["ms.review_on"] = DUE
            # She is on the form already; the others of the family follow.
            others = [code for code in told["beneficiary_ids"] if code != case["principal_id"]]
            names = [name_of(people[code], [*people].index(code)) for code in others]
            hers = case["principal_id"] in told["beneficiary_ids"]
            typed |= {f"ms.beneficiaries[{number}].name": name for number, name in enumerate(names, start=int(hers))}
            yield Help(kind, content, providers[0] if providers else None, typed, status != "planned", hers)


def meeting(case: Mapping[str, Any]) -> Table:
    """F8: whoever conferred; each thing with who is in charge. Only what has somebody in charge is a decision."""
    told = case["coordination"]
    typed: dict[str, Any] = {
        "mt.kind": told["type"],
        "mt.at": UNKNOWN,
        "mt.place": UNKNOWN,
        "mt.chair": UNKNOWN,
        "mt.recorder": UNKNOWN,
        "mt.has_shared": "no",
        "mt.secrecy_read": "yes",
        "mt.sign[0].name": "孙明达",
        "mt.sign[0].signature": Signature.VISITOR,
    }
    if told["date"]:
        typed["mt.at_about"] = told["date"].replace("-", "")
    for number, (org, unit) in enumerate(CONFERRED[case["id"]]):
        assert unit in told["text"], unit
        row = f"mt.participants[{number}]"
        typed |= {f"{row}.org": org, f"{row}.unit": unit, f"{row}.name": UNKNOWN, f"{row}.outside": "no"}
    decided = [one for one in measures(case) if one.decided]
    for number, one in enumerate(decided):
        row = f"mt.decisions[{number}]"
        typed |= {f"{row}.text": one.content, f"{row}.owner": one.decided, f"{row}.due": DECIDED_UNTIL}
    return typed


def closure(case: Mapping[str, Any], *, needs: int) -> Table:
    """F9. `needs`: how many the file knows, each of which has an answer."""
    typed: dict[str, Any] = {
        "cl.reason": "goals_met",
        "cl.feedback_done": "yes",
        "cl.mr_closed": "yes",
        "cl.subject_informed": "yes",
        "cl.retention_until": DUE,
        "cl.approved_by": Signature.VISITOR,
    }
    for number in range(needs):
        typed[f"cl.needs_answered[{number}].result"] = "met"
    return {**typed, **END.get(case["id"], {})}
