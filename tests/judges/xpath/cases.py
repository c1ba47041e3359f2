"""The expression cases inside the npm package openrosa-xpath-evaluator, each asked again as a small form of ours.

The package's own test suite runs in headless Chromium with a recorder in the place of its evaluator (recorder.cjs).
What was asked of which document, and what was answered, is taken in memory: nothing of the package is kept or
committed. A case becomes an XForm with the document as its instance, and the expression as a calculation; where it was
asked at an element, as an output in that element's label, so that relative paths stand where they stood.
"""

import hashlib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from playwright.sync_api import Browser

from bench.peers import packages

HERE = Path(__file__).parent
ZONE = "America/Phoenix"  # the suite's own: some of its expectations hold there alone
NOW = "2026-02-28T23:30:00.250Z"
NOW_MS = 1772321400250
ASKER = "asker_"
WRAPPED = {"number": "number({})", "string": "string({})", "boolean": "boolean({})"}
XFORM = """<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:jr="http://openrosa.org/javarosa" xmlns:fa="urn:fieldapp:form:1">
<h:head><h:title>判 / Judge</h:title><model>
<instance><{root} id="JUDGE" version="1">{instance}<{asker}/></{root}></instance>
{binds}</model></h:head><h:body>{body}</h:body></h:html>"""


@dataclass(frozen=True)
class Case:
    """`context`: place among the elements of each level, None for the document itself. `answer`: kind and value."""

    expression: str
    document: str | None
    context: tuple[int, ...] | str | None
    answer: dict[str, Any]

    @property
    def key(self) -> str:
        """Names the case without quoting it."""
        asked = json.dumps([self.expression, self.document, self.context, self.answer["kind"]], ensure_ascii=False)
        return hashlib.sha256(asked.encode()).hexdigest()[:10]


@dataclass(frozen=True)
class Question:
    """A case as a form: its XML, the answers to begin with, and where what is asked can be read."""

    xml: str
    answers: dict[str, Any]
    path: str  # of the calculation, or of the node whose label it is

    @property
    def is_calculation(self) -> bool:
        return self.path == ASKER


class NoForm(ValueError):
    """The document or the place is none that a form can have; says why."""


def record(browser: Browser) -> list[Case]:
    """Every distinct case, in the order asked. Raises AssertionError when a test of the suite itself fails."""
    suite = packages.FOLDER / "built-suite.js"
    subprocess.run(["node", str(HERE / "bundle.mjs"), str(packages.install()), str(suite)], check=True)
    context = browser.new_context(timezone_id=ZONE, locale="en-US")
    page = context.new_page()
    page.clock.set_fixed_time(NOW)
    page.add_script_tag(path=suite)
    found = page.evaluate("() => runSuite()")
    context.close()
    assert not found["failed"], found["failed"]
    return [
        Case(
            one["expression"],
            one["document"],
            tuple(one["context"]) if isinstance(one["context"], list) else one["context"],
            one["answer"],
        )
        for one in found["cases"]
    ]


def question(case: Case) -> Question:
    """Raises NoForm."""
    kind = case.answer["kind"]
    if kind == "iterator":
        raise NoForm("answers with nodes one by one")
    if isinstance(case.context, str):
        raise NoForm("asked at an attribute or a text")
    if kind == "nodes":
        asked = f"concat(count({case.expression}), ':', join('|', {case.expression}))"
    else:
        asked = WRAPPED.get(kind, "{}").format(case.expression)
    try:
        return _on_document(case, asked)
    except NoForm:
        if case.context is not None:
            raise
        # Most cases ask nothing of the document they happen to stand on; one that does is refused as a path.
        return _form("data", [], {}, ASKER, asked)


def _on_document(case: Case, asked: str) -> Question:
    if case.document is None:
        raise NoForm("no document")
    root = ElementTree.fromstring(case.document)
    nodes: list[tuple[str, str, str | None]] = []  # path, kind, repeat
    answers = _read(root, f"/{root.tag}", nodes)
    if case.context is None:
        return _form(root.tag, nodes, answers, ASKER, asked, root)
    at, path = root, []
    if not case.context:
        raise NoForm("asked at the root element")
    for place in case.context:
        inner = at[place]
        if sum(one.tag == inner.tag for one in at) > 1:
            raise NoForm("asked inside a repeat")
        at = inner
        path.append(at.tag)
    return _form(root.tag, nodes, answers, ".".join(path), asked, root)


def _read(element: ElementTree.Element, path: str, nodes: list[tuple[str, str, str | None]]) -> dict[str, Any]:
    """The answers of a group, its nodes added to `nodes`. Raises NoForm."""
    found: dict[str, Any] = {}
    tags = [child.tag for child in element]
    if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        raise NoForm("text between elements")
    for child in element:
        if not child.tag.isidentifier() or not child.tag.isascii():
            raise NoForm("names with a namespace or of other letters")
        below = f"{path}/{child.tag}"
        if tags.count(child.tag) > 1:
            raise NoForm("siblings of one name")
        if len(child):
            nodes.append((below, "group", None))
            found[child.tag] = _read(child, below, nodes)
        else:
            nodes.append((below, "question", None))
            if child.text:
                found[child.tag] = child.text
    return found


def _form(
    root: str,
    nodes: list[tuple[str, str, str | None]],
    answers: dict[str, Any],
    path: str,
    asked: str,
    document: ElementTree.Element | None = None,
) -> Question:
    if "\n" in root or not root.isidentifier():
        raise NoForm("names with a namespace or of other letters")
    instance = "".join(_bare(child) for child in document) if document is not None else ""
    sensitive = 'fa:sensitivity="household"'
    binds = [f'<bind nodeset="{one}" type="string" {sensitive}/>' for one, kind, _ in nodes if kind == "question"]
    calculate = f" calculate={quoteattr(asked)}" if path == ASKER else ""
    binds.append(f'<bind nodeset="/{root}/{ASKER}" type="string" {sensitive}{calculate}/>')
    shown = f"/{root}/" + path.replace(".", "/")
    label = f"<label><output value={quoteattr(asked)}/></label>"
    body = "".join(
        f'<{"group" if kind == "group" else "input"} ref="{one}">{label if one == shown else "<label>x</label>"}'
        f"</{'group' if kind == 'group' else 'input'}>"
        for one, kind, _ in nodes
    )
    xml = XFORM.format(root=root, instance=instance, asker=ASKER, binds="\n".join(binds), body=body)
    return Question(xml, answers, path)


def _bare(element: ElementTree.Element) -> str:
    return f"<{element.tag}>{''.join(_bare(child) for child in element)}</{element.tag}>"
