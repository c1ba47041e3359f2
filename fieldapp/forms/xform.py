"""XForm XML to plan. What we do not implement is refused by name, with the row of the sheet where it is known;
nothing is dropped in silence."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from fieldapp.forms import graph, limits, markup, plan, sensitivity
from fieldapp.forms.checks import UNKNOWN_CODES
from fieldapp.forms.plan import Expr, Node, Plan
from fieldapp.forms.refusals import FormRefused, Refusal, refusal
from fieldapp.forms.resolve import Refused, Scope, itemset, lists_read, resolve

XML_MAX = 8_000_000
XF = "{http://www.w3.org/2002/xforms}"
XH = "{http://www.w3.org/1999/xhtml}"
JR = "{http://openrosa.org/javarosa}"
FA = "{urn:fieldapp:form:1}"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*|_[A-Za-z0-9][A-Za-z0-9_]*")
TYPES = {
    "string": "text",
    "int": "integer",
    "integer": "integer",
    "decimal": "decimal",
    "date": "date",
    "dateTime": "dateTime",
    "time": "time",
    "binary": "file",
}
UPLOADS = {"image/*": "image", "audio/*": "audio", "application/*": "file"}
CONTROLS = ("input", "select1", "select", "upload", "trigger")
COLUMNS = {
    "relevant": "relevant",
    "constraint": "constraint",
    "required": "required",
    "readonly": "readonly",
    "calculate": "calculation",
}
INHERITED = {"moment": "door", "how": "ask"}
OWN = {
    "sensitivity": sensitivity.CLASSES,
    "moment": ("door", "later", "desk"),
    "how": ("ask", "see", "paper", "judge"),
    "change": ("fixed", "changeable"),
    "partial": ("year", "month", "day"),
    "check": ("id_number", "phone", "money", "region12"),
}
Rows = dict[str, int]  # path of a node (/data/visit/at) to the row of the survey sheet


def compile_xform(
    xml: str | bytes, attachments: Mapping[str, bytes] | None = None, *, rows: Rows | None = None
) -> Plan:
    """The plan of a form; `attachments` are the files it names. Raises FormRefused with every reason found."""
    return _Compiler(_parse(xml), rows or {}).compile(None)


def _parse(xml: str | bytes) -> ElementTree.Element:
    """Expat with DTD and entities refused before anything is expanded."""
    if len(xml) > XML_MAX:
        raise FormRefused([refusal("limit", "XML")])
    target = ElementTree.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")

    def refuse(*_: object) -> None:
        raise FormRefused([refusal("doctype", "")])

    def named(name: str) -> str:
        return "{" + name if "}" in name else name

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: target.start(
        named(name), {named(k): v for k, v in attributes.items()}
    )
    parser.EndElementHandler = lambda name: target.end(named(name))
    parser.CharacterDataHandler = target.data
    try:
        parser.Parse(xml.encode() if isinstance(xml, str) else xml, True)
        return target.close()
    except expat.ExpatError as error:
        raise FormRefused([refusal("xml", str(error))]) from error


@dataclass
class _Compiler:
    root: ElementTree.Element
    rows: Rows
    nodes: list[Node] = field(default_factory=list)
    paths: dict[str, int] = field(default_factory=dict)
    children: dict[int, dict[str, int]] = field(default_factory=dict)
    levels: list[int] = field(default_factory=list)
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    outputs: dict[int, list[Expr]] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def compile(self, titles: dict[str, str] | None) -> Plan:
        head = self.root.find(f"{XH}head")
        model = head.find(f"{XF}model") if head is not None else None
        body = self.root.find(f"{XH}body")
        if head is None or model is None or body is None:
            raise FormRefused([refusal("xml", "h:head, model, h:body")])
        self.model, self.body = model, body
        self.itext = {
            t.get("lang", ""): {text.get("id", ""): text for text in t}
            for t in model.findall(f"{XF}itext/{XF}translation")
        }
        self.languages = [_code(language) for language in self.itext] or ["zh"]
        self.texts: dict[str, list[Any]] = {language: [] for language in self.languages}
        self.binds = {bind.get("nodeset", ""): bind for bind in model.iter(f"{XF}bind")}
        primary = self._instances()
        self._add(primary, None, f"/{_local(primary)}")
        self._repeats_and_kinds()
        if len(self.nodes) > limits.NODES_MAX or max(self.levels) > limits.LEVELS_MAX:
            self._refuse("limit", "nodes, levels", 0)
        self._own_columns()
        self._refuse_unknown_parts()
        if self.refusals:  # what follows reads kinds and classes, and would only repeat what is wrong already
            raise FormRefused(self.refusals)
        self._expressions()
        self._controls()
        if self.refusals:
            raise FormRefused(self.refusals)
        return self._finish(primary, head, titles)

    # the model

    def _instances(self) -> ElementTree.Element:
        found = list(self.model.findall(f"{XF}instance"))
        if not found or len(found[0]) != 1:
            raise FormRefused([refusal("xml", "instance")])
        for instance in found[1:]:
            name = instance.get("id", "")
            if instance.get("src") or not len(instance):
                self.refusals.append(refusal("unsupported", f"instance {name}: external file", "survey"))
                continue
            self.lists[name] = [self._item(name, at, item) for at, item in enumerate(instance[0], 1)]
            if len(self.lists[name]) > 5000:
                self.refusals.append(refusal("limit", f"list {name}", "choices"))
        return found[0][0]

    def _item(self, name: str, at: int, item: ElementTree.Element) -> dict[str, Any]:
        values = {_local(cell): (cell.text or "").strip() for cell in item}
        value = values.pop("name", "")
        text_id = values.pop("itextId", None)
        label = values.pop("label", value)
        if not value or " " in value:
            self.refusals.append(refusal("name", f"{name}: {value or at}", "choices"))
        return {
            "value": value,
            "label": self._text(text_id, None) if text_id else self._plain_text(label),
            "columns": values,
        }

    def _add(self, element: ElementTree.Element, parent: int | None, path: str) -> None:
        if path in self.paths:  # the template of a repeat and its first row are the same node
            return
        number = len(self.nodes)
        name = _local(element)
        node: Node = {
            "n": number,
            "name": name,
            "kind": "form" if parent is None else "",
            "parent": parent,
            "row": self.rows.get(path),
        }
        self.nodes.append(node)
        self.paths[path] = number
        self.children[number] = {}
        if parent is not None:
            self.children[parent][name] = number
            if not NAME.fullmatch(name):
                self._refuse("name", name, number, "name")
        for child in element:
            if parent is None and _local(child) == "meta":
                continue
            self._add(child, number, f"{path}/{_local(child)}")
        if not len(element) and (element.text or "").strip():
            node["default"] = ["s", (element.text or "").strip()]

    def _repeats_and_kinds(self) -> None:
        repeats = {repeat.get("nodeset") for repeat in self.body.iter(f"{XF}repeat")}
        self.control_of = {c.get("ref", ""): c for c in self.body.iter() if _local(c) in CONTROLS}
        for path, number in self.paths.items():
            node = self.nodes[number]
            if number and path in repeats:
                node["kind"] = "repeat"
            elif number and (self.children[number] or any(g.get("ref") == path for g in self.body.iter(f"{XF}group"))):
                node["kind"] = "group"
            elif number:
                self._kind_of_question(node, path)
            above = self.levels[node["parent"]] if number else 0
            self.levels.append(above + (node["kind"] == "repeat"))

    def _kind_of_question(self, node: Node, path: str) -> None:
        bind, control = self.binds.get(path), self.control_of.get(path)
        given = (bind.get("type") if bind is not None else None) or "string"
        given = given.removeprefix("xsd:")
        node["type"] = TYPES.get(given)
        if node["type"] is None:
            self._refuse("unsupported", f"type {given}", node["n"], "type")
        if control is None:
            node["kind"] = "calculate" if bind is not None and bind.get("calculate") else "hidden"
            return
        node["kind"] = "question"
        kind = _local(control)
        if kind == "upload":
            node["type"] = UPLOADS.get(control.get("mediatype", ""))
            if node["type"] is None:
                self._refuse("unsupported", f"upload {control.get('mediatype')}", node["n"], "type")
            if "signature" in (control.get("appearance") or "").split():
                node["type"] = "signature"
        elif kind == "trigger":
            node["type"] = "acknowledge"
        elif kind in ("select1", "select"):
            node["type"] = "select_one" if kind == "select1" else "select_multiple"
        elif (
            bind is not None
            and bind.get("readonly") == "true()"
            and not bind.get("calculate")
            and not node.get("default")
            and node["type"] == "text"
        ):
            node["kind"] = "note"

    def _own_columns(self) -> None:
        for path, number in self.paths.items():
            bind, node = self.binds.get(path), self.nodes[number]
            own = {
                k.removeprefix(FA): v.strip()
                for k, v in (bind.attrib if bind is not None else {}).items()
                if k.startswith(FA)
            }
            parent = self.nodes[node["parent"]] if number else {}
            for key, value in own.items():
                if key in OWN and value not in OWN[key]:
                    self._refuse("value", f"{key} = {value}", number, f"bind::fa:{key}")
                elif key not in OWN and key not in ("purpose", "purpose_en", "fact", "unknown"):
                    self._refuse("unsupported", f"bind::fa:{key}", number, f"bind::fa:{key}")
            node["declared"] = own.get("sensitivity") or parent.get("declared")
            for key, default in INHERITED.items():
                node[key] = own.get(key) or parent.get(key) or default
            node["unknown"] = self._unknown(own.get("unknown"), parent.get("unknown"), number)
            node |= {key: own[key] for key in ("fact", "change", "partial", "check") if key in own}
            if "purpose" in own or "purpose_en" in own:
                node["purpose"] = {
                    "zh": own.get("purpose") or own["purpose_en"],
                    "en": own.get("purpose_en") or own["purpose"],
                }
            if node["kind"] == "question" and node["declared"] is None:
                self._refuse("unclassified", node["name"], number, "bind::fa:sensitivity")
            if node["kind"] == "question" and node["how"] == "judge" and node["moment"] != "desk":
                self._refuse("judgement_in_the_home", node["name"], number, "bind::fa:moment")
            if "change" in own and "fact" not in own:
                self._refuse("value", "change without fact", number, "bind::fa:change")
            node["sensitivity"] = node["declared"] or sensitivity.CLASSES[0]

    def _unknown(self, own: str | None, inherited: list[str] | None, number: int) -> list[str]:
        if own is None:
            return inherited or []
        codes = [] if own == "none" else own.split()
        for code in codes:
            if code not in UNKNOWN_CODES:
                self._refuse("value", f"unknown = {code}", number, "bind::fa:unknown")
        return codes

    def _refuse_unknown_parts(self) -> None:
        """Everything in the XML that this compiler would not look at."""
        for element in self.body.iter():
            kind, at = _local(element), self.paths.get(element.get("ref") or element.get("nodeset") or "", 0)
            if kind in ("range", "rank", "upload_geo", "secret", "submit") or (
                element.tag.startswith("{http://www.opendatakit.org")
            ):
                self._refuse("unsupported", kind, at, "type")
            if kind == "repeat" and element.get(f"{JR}count"):
                self._refuse("unsupported", "repeat_count", at, "repeat_count")
            if kind == "setvalue" and element.get("event") != "odk-new-repeat":
                self._refuse("unsupported", "trigger", self.paths.get(element.get("ref") or "", 0), "trigger")
            for attribute in ("query", "rows", "intent", "accuracyThreshold"):
                if element.get(attribute):
                    self._refuse("unsupported", attribute, at, "appearance")
        for path, bind in self.binds.items():
            preload = bind.get(f"{JR}preload")
            if preload and not path.endswith("/meta/instanceID"):
                self._refuse(
                    "unsupported",
                    f"preload {bind.get(f'{JR}preloadParams') or preload}",
                    self.paths.get(path, 0),
                    "type",
                )
            for key in bind.attrib:
                if key.startswith("{http://www.opendatakit.org"):
                    self._refuse("unsupported", key.partition("}")[2], self.paths.get(path, 0), "parameters")

    # expressions and texts

    def _scope(self, number: int) -> Scope:
        node = self.nodes[number]
        level = self.levels[number] - (node["kind"] == "repeat")
        columns = {
            name: {"value", "name", "label", *(c for item in items for c in item["columns"])}
            for name, items in self.lists.items()
        }
        return Scope(
            self.nodes, self.children, self.levels, columns, number, level, calls=self.calls.setdefault(number, [0])
        )

    def _resolved(self, text: str, number: int, column: str, read: Callable[[str, Scope], Any] = resolve) -> Any:
        scope = self._scope(number)
        try:
            found = read(text, scope)
        except Refused as error:
            self._refuse(error.code, error.detail, number, column)
            return None
        self.warnings += [f"{warning} (row {self.nodes[number]['row']}, {column})" for warning in scope.warnings]
        return _list_columns(found)

    def _expressions(self) -> None:
        self.calls: dict[int, list[int]] = {}
        for path, bind in self.binds.items():
            if path not in self.paths:
                continue
            number = self.paths[path]
            node = self.nodes[number]
            for key, column in COLUMNS.items():
                if not bind.get(key) or (
                    bind.get(key) in ("false()", "true()") and node["kind"] == "note" and key == "readonly"
                ):
                    continue
                node[key] = self._resolved(bind.get(key, ""), number, column)
            node["constraint_message"] = self._message(bind.get(f"{JR}constraintMsg"), number)
            node["required_message"] = self._message(bind.get(f"{JR}requiredMsg"), number)
        for element in [*self.model.findall(f"{XF}setvalue"), *self.body.iter(f"{XF}setvalue")]:
            number = self.paths.get(element.get("ref", ""), 0)
            if number and "default" not in self.nodes[number]:
                self.nodes[number]["default"] = self._resolved(element.get("value", "''"), number, "default")
        name = self.binds.get(f"/{self.nodes[0]['name']}/meta/instanceName")
        self.instance_name = (
            self._resolved(name.get("calculate", "''"), 0, "instance_name") if name is not None else None
        )

    def _controls(self) -> None:
        for group in self.body.iter(f"{XF}group"):
            repeat = group.find(f"{XF}repeat")
            path = group.get("ref") or (repeat.get("nodeset") if repeat is not None else "") or ""
            if path in self.paths:
                self._labels(self.nodes[self.paths[path]], group)
        for path, control in self.control_of.items():
            if path not in self.paths:
                self.refusals.append(refusal("path", path, "survey"))
                continue
            node = self.nodes[self.paths[path]]
            self._labels(node, control)
            if _local(control) in ("select1", "select"):
                self._choices(node, control)

    def _labels(self, node: Node, element: ElementTree.Element) -> None:
        node["appearance"] = (element.get("appearance") or "").split()
        for key in ("label", "hint"):
            found = element.find(f"{XF}{key}")
            if found is not None:
                reference = found.get("ref")
                node[key] = (
                    self._message(reference, node["n"])
                    if reference
                    else self._pieces_text({x: _pieces(found) for x in self.languages}, node["n"])
                )
                guidance = _itext_id(reference)
                if (
                    key == "hint"
                    and guidance
                    and any(_value(t.get(guidance), "guidance") is not None for t in self.itext.values())
                ):
                    node["guidance"] = self._text(guidance, node["n"], "guidance")

    def _choices(self, node: Node, control: ElementTree.Element) -> None:
        source = control.find(f"{XF}itemset")
        if source is None:
            items = [(i.findtext(f"{XF}value") or "", i.find(f"{XF}label")) for i in control.findall(f"{XF}item")]
            name = f"_{node['n']}"
            self.lists[name] = [
                {
                    "value": v,
                    "label": 0
                    if e is None
                    else self._message(e.get("ref"), None)
                    if e.get("ref")
                    else self._plain_text(e.text or v),
                    "columns": {},
                }
                for v, e in items
            ]
            node["choices"] = {"list": name}
            return
        found = self._resolved(source.get("nodeset", ""), node["n"], "choice_filter", itemset)
        if found is None:
            return
        name, test = found
        if isinstance(name, str):
            node["choices"] = {"list": name}
        else:
            label = source.find(f"{XF}label")
            column = (label.get("ref") if label is not None else None) or ""
            if column not in self.children[name]:
                self._refuse("path", column, node["n"], "type")
                return
            node["choices"] = {"repeat": name, "label": self.children[name][column]}
        if test is not None:
            node["choices"]["filter"] = test

    def _message(self, reference: str | None, number: int | None) -> int | None:
        if not reference:
            return None
        text_id = _itext_id(reference)
        return self._text(text_id, number) if text_id else self._plain_text(reference)

    def _text(self, text_id: str, number: int | None, form: str | None = None) -> int:
        pieces: dict[str, list[Any]] = {}
        for language, texts in self.itext.items():
            value = _value(texts.get(text_id), form)
            pieces[_code(language)] = [] if value is None else _pieces(value)
            media = [v.get("form") for v in texts.get(text_id, []) if v.get("form") not in (None, "guidance")]
            if media:
                self._refuse("unsupported", f"media {media[0]}", number or 0, "media")
        first = next((found for found in pieces.values() if _says(found)), [])
        for language, found in pieces.items():
            if not _says(found) and _says(first):
                self.warnings.append(f"translation_missing: {text_id} {language}")
                pieces[language] = first
        return self._pieces_text(pieces, number)

    def _pieces_text(self, pieces: dict[str, list[Any]], number: int | None) -> int:
        for language in self.languages:
            done: list[Any] = []
            for piece in pieces.get(language, []):
                if isinstance(piece, str):
                    done.append(piece)
                elif number is None:
                    self.refusals.append(refusal("unsupported", "${ } in the label of a choice", "choices"))
                else:
                    expression = self._resolved(piece[1], number, "label") or ["s", ""]
                    self.outputs.setdefault(number, []).append(expression)
                    done.append(["o", expression])
            self.texts[language].append(markup.parts(done))
        return len(self.texts[self.languages[0]]) - 1

    def _plain_text(self, text: str) -> int:
        return self._pieces_text({language: [text] for language in self.languages}, None)

    # the end

    def _finish(self, primary: ElementTree.Element, head: ElementTree.Element, titles: dict[str, str] | None) -> Plan:
        form_id, version = primary.get("id", ""), primary.get("version", "")
        if not NAME.fullmatch(form_id):
            self.refusals.append(refusal("setting", "form_id", "settings"))
        if not re.fullmatch(r"[1-9][0-9]{0,8}", version):
            self.refusals.append(refusal("setting", "version", "settings", column="version"))
        try:
            ordered = graph.order(self.nodes)
        except graph.Circle as circle:
            names = " → ".join(self.nodes[n]["name"] for n in [*circle.nodes, circle.nodes[0]])
            self._refuse(
                "cycle",
                names,
                circle.nodes[0],
                "calculation" if self.nodes[circle.nodes[0]].get("calculate") else "relevant",
            )
        for node in self.nodes:
            for name in set().union(*(lists_read(node.get(key)) for key in (*COLUMNS, "default"))):
                if name not in self.lists:
                    self._refuse("list", name, node["n"])
        if self.refusals:
            raise FormRefused(self.refusals)
        self.warnings += sensitivity.raise_classes(self.nodes, self.outputs)
        title = head.findtext(f"{XH}title") or form_id
        zh, _, en = title.partition(" / ")
        data: dict[str, Any] = {
            "format": plan.FORMAT,
            "functions": 1,
            "form_id": form_id,
            "version": int(version),
            "title": titles or {"zh": zh, "en": en or zh},
            "languages": self.languages,
            "nodes": [_tidy(node) for node in self.nodes],
            "texts": self.texts,
            "lists": self.lists,
            "files": {},
            "order": ordered,
            "feeds": {str(n): found for n, found in graph.feeds(self.nodes).items()},
            "shows": {str(n): found for n, found in graph.shows(self.nodes, self.outputs).items()},
            "instance_name": self.instance_name,
        }
        data["hash"] = plan.hash_of(data)
        return Plan(data, tuple(self.warnings))

    def _refuse(self, code: str, detail: str, number: int, column: str | None = None) -> None:
        self.refusals.append(refusal(code, detail, "survey", self.nodes[number]["row"] if self.nodes else None, column))


def _tidy(node: Node) -> Node:
    empty: tuple[Any, ...] = (None, [], "")
    return {key: value for key, value in node.items() if key not in ("declared",) and value not in empty}


def _list_columns(expression: Any) -> Any:
    """XForms calls the code of a choice `name`; in a plan it is `value`."""
    if isinstance(expression, tuple):
        return tuple(_list_columns(part) for part in expression)
    if not isinstance(expression, list):
        return expression
    if expression and expression[0] == "col" and expression[1] == "name":
        return ["col", "value"]
    if expression and expression[0] == "s":
        return expression
    if expression and expression[0] == "l":
        return [
            "l",
            expression[1],
            [_list_columns(test) for test in expression[2]],
            "value" if expression[3] == "name" else expression[3],
        ]
    return [_list_columns(part) for part in expression]


def _code(language: str) -> str:
    found = re.search(r"\(([^()]+)\)\s*$", language)
    return found[1] if found else language if language != "default" else "zh"


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _itext_id(reference: str | None) -> str | None:
    found = re.fullmatch(r"\s*jr:itext\('(.*)'\)\s*", reference or "")
    return found[1] if found else None


def _value(text: ElementTree.Element | None, form: str | None) -> ElementTree.Element | None:
    return next((value for value in (text if text is not None else []) if value.get("form") == form), None)


def _pieces(element: ElementTree.Element) -> list[Any]:
    found: list[Any] = [element.text or ""]
    for child in element:
        found += [["o", child.get("value", "''")], child.tail or ""]
    return found


def _says(pieces: list[Any]) -> bool:
    """pyxform writes a dash where a translation is missing."""
    return any(not isinstance(piece, str) for piece in pieces) or "".join(map(str, pieces)).strip() not in ("", "-")
