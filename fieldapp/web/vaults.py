"""The phones at the desk: what each last said of itself, and what an administrator does about one."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from fieldapp.actions import vaults
from fieldapp.db import moment, reading, writing
from fieldapp.errors import Problem
from fieldapp.models import phones, settings
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.vaults import Vault
from fieldapp.web import guard, problems, words

bp = Blueprint("vaults", __name__, url_prefix="/admin/phones")
bp.origin = "desk"  # type: ignore[attr-defined]
MAY_LOOK = (Role.ADMINISTRATOR, Role.DATA_PROTECTION)
NAME_CHARACTERS_MAX = 50

Act = Callable[[Session, Acting, UUID, datetime], Vault]
ACTS: dict[str, Act] = {
    "suspend": vaults.suspend,
    "give-back": vaults.give_back,
    "revoke": vaults.revoke,
    "wipe": vaults.order_wipe,
}


@bp.get("")
def phone_list() -> str:
    """A page of phones, filtered by state or trouble and by the beginning of a name."""
    acting = guard.require(*MAY_LOOK)
    only, name = request.args.get("only", ""), request.args.get("name", "").strip()[:NAME_CHARACTERS_MAX]
    with reading() as session:
        page = phones.page_of(session, acting, only, name, request.args.get("after", ""), guard.now())
        lost = settings.get(session, settings.TOMBSTONES_LOST_AT)
    return render_template(
        "admin/phones.html",
        page=page,
        only=only if only in phones.FILTERS else "",
        name=name,
        lost_at=None if lost is None else moment(int(lost)),
        now=guard.now(),
        words=words,
    )


@bp.get("/<uuid:vault_id>")
def phone(vault_id: UUID) -> str:
    """One phone, with what can be done about it."""
    acting = guard.require(*MAY_LOOK)
    with reading() as session:
        found = phones.one(session, acting, vault_id)
    if found is None:
        raise Problem("not_found")
    return render_template("admin/phone.html", found=found, vault=found.vault, now=guard.now(), words=words)


@bp.post("/<uuid:vault_id>/<any(suspend, 'give-back', revoke, wipe):act>")
def carry_out(vault_id: UUID, act: str) -> Response:
    """Suspend it, give it back, revoke it or have it wiped: after a fresh proof of who asks."""
    acting = guard.require(Role.ADMINISTRATOR)
    guard.require_fresh(url_for("vaults.phone", vault_id=vault_id))
    with writing() as session:
        ACTS[act](session, acting, vault_id, guard.now())
    return guard.see_other(url_for("vaults.phone", vault_id=vault_id))


@bp.errorhandler(Problem)
def refuse(problem: Problem) -> WerkzeugResponse:
    """A refused act leads back to the phone it was about."""
    vault_id = (request.view_args or {}).get("vault_id")
    if vault_id is not None and problem.code == "vault_state_changed":
        problem.details.setdefault("back", url_for("vaults.phone", vault_id=vault_id))
    return problems.answer(problem)
