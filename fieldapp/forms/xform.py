"""XForm XML to plan. What we do not implement is refused by name, with the row of the sheet where it is known;
nothing is dropped in silence."""

from collections.abc import Mapping

from fieldapp.forms import limits
from fieldapp.forms.compiler import asked, body, finish, instances, logic, own, texts
from fieldapp.forms.compiler.draft import Cell, Draft, Rows
from fieldapp.forms.compiler.xmltree import XF, XH, Element, local, parse
from fieldapp.forms.limits import Budget
from fieldapp.forms.plan import Plan
from fieldapp.forms.refusals import FormRefused, refusal

__all__ = ["Cell", "Rows", "compile_xform"]


def compile_xform(
    xml: str | bytes,
    attachments: Mapping[str, bytes] | None = None,
    *,
    rows: Rows | None = None,
    budget: Budget | None = None,
) -> Plan:
    """The plan of a form; `attachments` are the files it names: lists as CSV, pictures, sounds. Raises FormRefused
    with every reason found."""
    budget = budget or Budget()
    attachments = attachments or {}
    if len(attachments) > limits.ATTACHMENTS_MAX:
        raise FormRefused([refusal("limit", f"{limits.ATTACHMENTS_MAX} 个附件 / attachments")])
    try:
        return _compile(parse(xml, budget), attachments, rows or {}, budget)
    except (
        RecursionError
    ) as error:  # no limit should let it come to this; if one does, the form is refused all the same
        raise FormRefused([refusal("limit", "嵌套过深 / nested too deeply")]) from error


def _compile(root: Element, attachments: Mapping[str, bytes], rows: Rows, budget: Budget) -> Plan:
    head = root.find(f"{XH}head")
    model = head.find(f"{XF}model") if head is not None else None
    shown = root.find(f"{XH}body")
    if head is None or model is None or shown is None:
        raise FormRefused([refusal("xml", "h:head, model, h:body")])
    itext = _itext(model)
    languages = [texts.code_of(language) for language in itext] or ["zh"]
    if len(set(languages)) < len(languages):
        raise FormRefused([refusal("setting", f"itext: {', '.join(languages)}", "settings")])
    draft = Draft(root, rows, attachments, budget, model, shown, languages, itext=itext)
    draft.texts = {language: [] for language in languages}
    _binds(draft)
    primary = instances.read(draft)
    controls = body.controls_of(draft)
    body.read_kinds(draft, controls)
    if max(draft.levels) > limits.LEVELS_MAX:
        draft.refuse("limit", f"{limits.LEVELS_MAX} 层重复组 / levels of repeats")
    own.read(draft)
    body.check_binds(draft)
    body.check_model(draft)
    if draft.refusals:  # what follows reads kinds and classes, and would only repeat what is wrong already
        raise FormRefused(draft.refusals)
    name = logic.read(draft, controls)
    asked.read(draft, controls)
    if draft.refusals:
        raise FormRefused(draft.refusals)
    return finish.finished(draft, primary, head, name)


def _itext(model: Element) -> dict[str, dict[str, Element]]:
    return {
        translation.get("lang", ""): {text.get("id", ""): text for text in translation if local(text) == "text"}
        for translation in model.findall(f"{XF}itext/{XF}translation")
    }


def _binds(draft: Draft) -> None:
    for bind in draft.model.iter(f"{XF}bind"):
        path = bind.get("nodeset", "")
        if path in draft.binds:
            draft.refusals.append(refusal("unsupported", (f"{path} 有两个 bind", f"two binds for {path}"), "survey"))
        draft.binds[path] = bind
