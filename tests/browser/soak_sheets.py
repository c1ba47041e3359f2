"""Answers of the published cases to what their visits call for: the talk alone, the sheet of each child, the follow-up.

One table holds all pages of a form. What is not in it gets a reason for not knowing; only what no form goes without
(who looks after a child, what is to be done, the way to safety) is the visitor's own and invented.
"""

from collections.abc import Mapping

from tests.browser.answers import UNKNOWN, Table

# “经常打骂、冻饿”, “造成肢体残疾”; a mental illness and limited capacity: she cannot protect herself.
TALK: Mapping[str, Table] = {
    "S001-1": {
        "visit.alone": "yes",
        "dv.offender": "husband",
        "dv.forms": ["physical", "starve_freeze", "verbal"],
        "dv.c_injury": "yes",
        "dv.s_vulnerable": "yes",
        "dv.history": "2017",
        "dv.plan[0].step": "住在姐姐家",
    }
}


def child(what: str, *, father: Table, mother: Table, **told: object) -> Table:
    """A child of whom the source says who its parents are and how they fare, and little else."""
    parents = {
        f"child.parents.{parent}.{name}": value
        for parent, said in (("father", father), ("mother", mother))
        for name, value in said.items()
    }
    return {
        "visit.alone": "yes",
        "child.assent": {"unknown": "not_asked"},
        "child.harm_signs": {"unknown": "not_present"},
        "child.guardian_consent": {"unknown": "not_present"},
        **parents,
        "child.carer[0].relation": "mother",
        "child.carer[0].able": UNKNOWN,
        "child.risk": "medium",
        "child.plan[0].what": what,
        "child.plan[0].who": "妇联",
        "child.plan[0].when": "20300301",
        **{f"child.{name}": value for name, value in told.items()},  # type: ignore[dict-item]
    }


DEAD: Table = {"alive": "dead"}
WELL: Table = {"alive": "alive", "grounds": ["none"]}
PARALYSED: Table = {"alive": "alive", "grounds": ["severe_disabled"]}
# By the name in the file; a child without one stands there by its number in the family.
CHILDREN: Mapping[str, Mapping[str, Table]] = {
    "S001-3": {
        "叶某如": child("助学", father=DEAD, mother=WELL),
        "叶某利": child("减免学杂费", father=DEAD, mother=WELL),
    },
    "S001-5": {
        name: child("助学", father=PARALYSED, mother=WELL, birth_ym=UNKNOWN)
        for name in ("女儿", "家人4", "家人5", "家人6")
    },
    "S001-7": {
        "王某甲": child("持续帮扶", father=DEAD, mother=PARALYSED),
        "王某乙": child("安排幼儿园就读", father=DEAD, mother=PARALYSED),
    },
}


def follow_up(findings: str | None, *orgs: str, kind: str = "joint", **told: object) -> Table:
    """A follow-up of which the source gives no day; `told` by paths with two underscores for the point."""
    return {
        "fu.met": "yes",
        "fu.alone": "yes",
        "fu.kind": kind,
        "fu.visited_at": UNKNOWN,
        "fu.orgs": list(orgs),
        "end.findings": findings or {"unknown": "no_paper"},
        **{name.replace("__", "."): value for name, value in told.items()},  # type: ignore[dict-item]
    }


FOLLOW_UPS: Mapping[str, Table] = {
    "S001-1": follow_up(
        "了解到各项帮扶措施已经落实到位。吴甲红现由吴乙红照顾，生活安稳",
        "proc",
        kind="scheduled",
        fu__visited_about="202301",
        aid__all_received="yes",
    ),
    "S001-3": follow_up(
        "了解到古某香家人的生活状况和精神状态都有了较大改观，其本人从事家政服务，女儿叶某丽还利用暑期时间勤工俭学自力更生",
        "proc",
        "wf",
        life__living="better",
        life__psych="better",
    ),
    "S001-5": {
        **follow_up(None, "proc", "wf"),
        "end.actions[0].what": "安排妇联工作人员、巾帼志愿者等定期入户开展后续帮扶",
        "end.actions[0].who": "wf",
        "end.actions[0].due": {"unknown": "later"},
    },
    "S001-7": {
        **follow_up("王某甲缺乏持续性帮扶、王某乙面临学前教育等问题", "wf", "proc", aid__has_new_needs="yes"),
        "aid.new_needs[0].need": "schooling",
        "aid.new_needs[0].urgent": UNKNOWN,
    },
    "S002-liu": follow_up(
        "原来母子关系不佳，儿子收入微薄，不愿承担刘女士入住养老院的费用", "wf", kind="phone", fu__visits_stated="1"
    ),
}
