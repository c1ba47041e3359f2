"""What administrators decide about phones: one page per region and role."""

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import policies
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import PHONE_ROLES, Acting, Role
from fieldapp.models.policies import RULES, Policy, decisions, of
from fieldapp.models.regions import names_of
from fieldapp.web import guard, words

bp = Blueprint("policies", __name__, url_prefix="/admin/policy")
bp.origin = "desk"  # type: ignore[attr-defined]


@bp.get("")
def policy() -> str:
    """What holds for a role in a region, and what was decided exactly there."""
    return _page(guard.require(Role.ADMINISTRATOR), None)


@bp.post("")
def decide() -> Response | tuple[str, int]:
    """Decide it; an empty field takes a decision back."""
    acting = guard.require(Role.ADMINISTRATOR)
    guard.require_fresh(url_for("policies.policy"))
    region, role = _chosen(acting)
    values = {name: " ".join(request.form.getlist(name)) for name in RULES}
    try:
        with writing() as session:
            policies.decide(session, acting, region, role, values, guard.now())
    except Problem as problem:
        if problem.code != "policy_out_of_bounds":
            raise
        return _page(acting, problem), problem.status
    return guard.see_other(url_for("policies.policy", region=region, role=role))


def _page(acting: Acting, problem: Problem | None) -> str:
    region, role = _chosen(acting)
    with reading() as session:
        names = {_prefix(code): name for code, name in names_of(session, acting.district, day_of(guard.now())).items()}
        own: dict[str, Policy] = decisions(session, acting.district, region, role)
        above = of(session, acting.district, region, role or None)
    typed = request.form if problem is not None else None
    return render_template(
        "admin/policy.html",
        region=region,
        role=role,
        regions={code: name for code, name in names.items() if _is_hers(acting, code)},
        rules=RULES,
        own=own,
        in_force=above,
        typed=typed,
        problem=problem,
        phone_roles=PHONE_ROLES,
        words=words,
    )


def _chosen(acting: Acting) -> tuple[str, str]:
    """Region and role of the address or the form; by default all of hers, and every role."""
    own = acting.regions(Role.ADMINISTRATOR)
    asked = request.form if request.method == "POST" else request.args
    region, role = asked.get("region") or own[0], asked.get("role", "")
    if not _is_hers(acting, region) or (role and role not in {str(known) for known in PHONE_ROLES}):
        raise Problem("not_found")
    with reading() as session:
        known = {_prefix(code) for code in names_of(session, acting.district, day_of(guard.now()))}
    if region not in own and region not in known:
        raise Problem("not_found")  # nobody lives there: a decision would hold nothing and be shown nowhere
    return region, role


def _prefix(code: str) -> str:
    # A decision holds what a grant holds: of a township nine digits, not the zeros behind them.
    return code[:9] if len(code) == 12 and code.endswith("000") else code


def _is_hers(acting: Acting, code: str) -> bool:
    return any(code.startswith(own) for own in acting.regions(Role.ADMINISTRATOR))
