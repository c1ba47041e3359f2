"""Publishing forms at the desk.

    judge ─► keep_upload ─► publish ─► withdraw

What staff upload is judged outside of any transaction (it may take seconds), kept whatever became of it, and published
by a second act that names exactly what was read. A published version never changes.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, undefer

from fieldapp.actions import lists
from fieldapp.actions.plans import keep_file, keep_files
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.forms import media, parcel
from fieldapp.forms.plan import DATA_KINDS, Plan, load_plan
from fieldapp.forms.refusals import FormRefused, Refusal
from fieldapp.ids import uuid7
from fieldapp.models import audit, bundles, forms, scope
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.bodies import REPORTER_FORMS
from fieldapp.models.forms import FORM_MAX, CandidateFile, CandidateState, FormCandidate, FormVersion

REASON_MAX = 500
# Who fills a form in on a phone. Others read at the desk.
FILLING_ROLES = (Role.CASEWORKER, Role.VILLAGE)
# What a village cadre is never asked about: models/bundles.py cuts it from everything she gets.
NOT_FOR_VILLAGE = frozenset({"violence", "reporter", "health", "money"})
log = structlog.get_logger()


@dataclass(frozen=True)
class Judged:
    """What was uploaded, as (name, bytes), and what the compiler said of it: a plan, or refusals."""

    files: Sequence[tuple[str, bytes]]
    name: str
    plan: Plan | None = None
    source: bytes | None = None  # the form itself, out of its archive; a text is UTF-8
    refusals: Sequence[Refusal] = field(default_factory=list)
    pieces: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)  # of its long lists, as phones get them


def judge(files: Sequence[tuple[str, bytes]]) -> Judged:
    """Compile what was chosen. Needs no transaction. Raises `form_upload_empty`, `form_upload_too_large`; whatever else
    is wrong is told as refusals.
    """
    files = [(parcel.plain_name(name), content) for name, content in files if name]
    if not files:
        raise Problem("form_upload_empty")
    if sum(len(content) for _, content in files) > parcel.UPLOAD_BYTES_MAX:
        raise Problem("form_upload_too_large", limit_mb=parcel.UPLOAD_BYTES_MAX // 1024 // 1024)
    name = next((name for name, _ in files if name.lower().endswith((".xlsx", ".md", ".xml"))), files[0][0])
    try:
        read = parcel.read(files)
        name = read.name
        compiled = parcel.compiled(read)
        if len(compiled.form_id) > FORM_MAX:
            long = f"form_id > {FORM_MAX}"
            zh, en = f"form_id 太长，最多 {FORM_MAX} 个字符。", f"The form_id is longer than {FORM_MAX} characters."
            raise FormRefused([Refusal("settings", 2, long.split()[0], "limit", zh, en)])
    except FormRefused as refused:
        return Judged(files, name, refusals=refused.refusals)
    except Exception as error:  # a stranger's file met a reader that did not expect it: say so, lose nothing
        log.error("form_not_read", kind=type(error).__name__)
        return Judged(files, name, refusals=[_unreadable(name, error)])
    return Judged(files, name, plan=compiled, source=read.source, pieces=lists.pieces_of(compiled))


def _unreadable(name: str, error: Exception) -> Refusal:
    kind = type(error).__name__
    return Refusal(
        name,
        None,
        None,
        "unreadable",
        f"文件无法读取（{kind}）。文件已保存；请在表格软件中打开并另存一次再上传，仍不行请把它交给管理系统的人。",
        f"The file could not be read ({kind}). It is kept. Open it in a spreadsheet program, save it anew and upload "
        "again; if that does not help, give it to whoever runs this server.",
    )


def keep_upload(session: Session, acting: Acting, judged: Judged, now: datetime) -> FormCandidate:
    """Keep an upload byte for byte with what was said of it, refused or not."""
    require_publisher(acting)
    compiled = judged.plan
    source_file = None
    if compiled and judged.source is not None:
        keep_files(session, compiled, judged.pieces)
        source_file = hashlib.sha256(judged.source).hexdigest()
        keep_file(session, source_file, "source", judged.source)
    told = {
        "refusals": [_told(one) for one in judged.refusals],
        "warnings": [_told(one) for one in (compiled.warnings if compiled else ())] + _stays_here(compiled),
    }
    candidate = FormCandidate(
        district=acting.district,
        candidate_id=uuid7(milliseconds(now)),
        name=judged.name,
        state=CandidateState.READY if compiled else CandidateState.REFUSED,
        form=compiled.form_id if compiled else None,
        version=compiled.version if compiled else None,
        plan_hash=compiled.hash if compiled else None,
        plan=compiled.text if compiled else None,
        source_file=source_file,
        told=json.dumps(told, ensure_ascii=False),
        uploaded_by=acting.person_id,
        uploaded_at=now,
    )
    session.add(candidate)
    session.flush()
    for number, (name, content) in enumerate(judged.files):
        session.add(
            CandidateFile(
                district=acting.district,
                candidate_id=candidate.candidate_id,
                number=number,
                name=name,
                size=len(content),
                content=content,
            )
        )
    about = {"candidate": candidate.candidate_id, "form": candidate.form, "version": candidate.version}
    _audit(session, acting, "form_upload", {**about, "refusals": len(judged.refusals)}, now)
    return candidate


# --- publish and withdraw ---------------------------------------------------------------------------------------------


def publish(
    session: Session,
    acting: Acting,
    candidate_id: UUID,
    *,
    plan_hash: str,
    over: int | None,
    roles: Sequence[str],
    now: datetime,
) -> FormVersion:
    """Make a candidate the newest version of its form. `plan_hash` and `over` (the newest version then, None for none)
    name what the administrator read: where somebody was faster, nothing happens (`form_published_meanwhile`).

    Raises `form_not_publishable`, `form_version_not_higher`, `form_needs_roles`, `form_not_for_village`.
    """
    candidate = candidate_of(session, acting, candidate_id)
    if candidate.state == CandidateState.REFUSED or candidate.form is None or candidate.version is None:
        raise Problem("form_not_publishable")
    # Locks the versions of this form where the database can, so that two administrators come one after the other.
    session.execute(select(FormVersion.version).where(FormVersion.form == candidate.form).with_for_update()).all()
    newest = forms.newest(session, candidate.form)
    if candidate.state == CandidateState.PUBLISHED or candidate.plan_hash != plan_hash or newest != over:
        raise Problem("form_published_meanwhile", form=candidate.form, version=newest)
    if newest is not None and candidate.version <= newest:
        raise Problem("form_version_not_higher", form=candidate.form, version=candidate.version, newest=newest)
    compiled = plan_of_candidate(candidate)
    chosen = _roles(candidate.form, roles, compiled)
    published = FormVersion(
        form=candidate.form,
        version=candidate.version,
        plan_hash=compiled.hash,
        plan=compiled.text,
        source="",
        source_file=candidate.source_file,
        roles=" ".join(chosen),
        published_at=now,
        published_by=acting.person_id,
    )
    session.add(published)
    candidate.state, candidate.settled_at = CandidateState.PUBLISHED, now
    about = {"candidate": candidate_id, "form": candidate.form, "version": candidate.version, "roles": chosen}
    _audit(session, acting, "form_publish", {**about, "plan": compiled.hash}, now)
    try:
        session.flush()
    except IntegrityError as error:  # the first version of a form: there was no row yet that could be locked
        raise Problem("form_published_meanwhile", form=candidate.form, version=candidate.version) from error
    return published


def withdraw(session: Session, acting: Acting, form: str, version: int, reason: str, now: datetime) -> FormVersion:
    """Take a version back: no new record begins with it, drafts stay on it. Raises `form_withdraw_needs_reason`,
    `form_withdrawn_already`.
    """
    require_publisher(acting)
    reason = reason.strip()
    if not reason:
        raise Problem("form_withdraw_needs_reason")
    if len(reason) > REASON_MAX:
        raise Problem("text_too_long", limit=REASON_MAX)
    found = session.get(FormVersion, (form, version), with_for_update=True)
    if found is None:
        raise Problem("not_found")
    if found.withdrawn_at is not None:
        raise Problem("form_withdrawn_already", form=form, version=version)
    found.withdrawn_at, found.withdrawn_by, found.withdrawn_reason = now, acting.person_id, reason
    _audit(session, acting, "form_withdraw", {"form": form, "version": version}, now)
    return found


def _roles(form: str, asked: Sequence[str], compiled: Plan) -> list[str]:
    roles = [role for role in FILLING_ROLES if role in asked]
    if not roles and not library_roles(form):
        raise Problem("form_needs_roles")
    classes = {str(node.get("sensitivity")) for node in compiled.nodes if node["kind"] in DATA_KINDS}
    if "reporter" in classes and form not in REPORTER_FORMS:
        raise Problem("form_asks_who_told")
    if Role.VILLAGE in roles and classes & NOT_FOR_VILLAGE:
        raise Problem("form_not_for_village")
    return [role.value for role in roles]


def library_roles(form: str) -> list[Role]:
    """Who fills in a form of the library by her role, whatever is chosen at publishing."""
    return [role for role, forms_of_role in bundles.FORMS_OF_ROLE.items() if form in forms_of_role]


# --- shared with form_views.py ----------------------------------------------------------------------------------------


def require_publisher(acting: Acting) -> None:
    """Raises `not_found` for whoever may not publish: for her there is no such page."""
    if not scope.may_publish_forms(acting):
        raise Problem("not_found")


def candidate_of(session: Session, acting: Acting, candidate_id: UUID) -> FormCandidate:
    """An upload of her district, plan and refusals with it. Raises `not_found`."""
    require_publisher(acting)
    found = session.get(
        FormCandidate,
        (acting.district, candidate_id),
        options=[undefer(FormCandidate.plan), undefer(FormCandidate.told)],
    )
    if found is None:
        raise Problem("not_found")
    return found


def plan_of_candidate(candidate: FormCandidate) -> Plan:
    """The plan of an upload that was not refused, its hash checked."""
    return load_plan(json.loads(candidate.plan or "null"))


def _told(one: Any) -> dict[str, Any]:
    """A refusal or a warning with its place, in both languages."""
    return {key: getattr(one, key, None) for key in ("sheet", "row", "column", "code", "zh", "en")}


def _stays_here(compiled: Plan | None) -> list[dict[str, Any]]:
    """A warning for each picture, sound or film that is too large for phones."""
    names = media.not_sent((compiled.json.get("files") or {}) if compiled else {})
    one_mb, all_mb = media.FILE_BYTES_MAX // 1_000_000, media.FORM_BYTES_MAX // 1_000_000
    zh = f"太大，不会发到手机上，手机上只显示文件名。每个文件最多 {one_mb} MB，一个表单合计最多 {all_mb} MB。"
    en = f"is too large for phones, where its name stands instead: at most {one_mb} MB each, {all_mb} MB for a form."
    place = {"sheet": None, "row": None, "column": None, "code": "media_stays_here"}
    return [{**place, "zh": f"{name} {zh}", "en": f"{name} {en}"} for name in names]


def _audit(session: Session, acting: Acting, act: str, about: dict[str, object], now: datetime) -> None:
    audit.write(session, district=acting.district, actor_id=acting.person_id, act=act, about=about, at=now)
