"""Shape and types of submitted answers as a marshmallow schema, generated from the plan and cached by its hash.

`is_plainly_right` is a second way to the same yes, several times as fast: marshmallow stays the law and gives the words
for a no. A property test holds the two together (tests/unit/forms/test_plainly_right.py).

Relevance, needed answers and calculations are no matter of shape: evaluate.findings tells of those, after the
record is safely stored.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

from fieldapp.forms import checks
from fieldapp.forms.plan import DATA_KINDS, ROWS_MAX, TEXT_MAX, Node, Plan

FILE_BYTES_MAX = 200_000  # strokes of a signature stay below this; photos are only named here
MARKS_MAX = 2000
_ID_MAX = 64

Check = Callable[[Any], None]
Quick = Callable[[Any], bool]


class Answer(fields.Field[Any]):
    """A field that takes the answer as it is, after its check. One call per field keeps the intake fast."""

    def __init__(self, check: Check):
        super().__init__(allow_none=True)
        self.check = check

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        self.check(value)
        return value


def schema_for(plan: Plan) -> Schema:
    """The schema of a plan's submissions; `load(answers)` gives them back unchanged. Raises ValidationError."""
    return _schema(plan.hash, _Held(plan))


def is_plainly_right(plan: Plan, answers: dict[str, Any]) -> bool:
    """Whether `schema_for(plan).load(answers)` would take these answers of a JSON object."""
    return _plainly(plan.hash, _Held(plan))(answers)


class _Held:
    """A plan as an argument that the cache does not look at: its hash stands for it."""

    def __init__(self, plan: Plan):
        self.plan = plan

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=64)
def _schema(plan_hash: str, held: _Held) -> Schema:
    plan = held.plan
    known: dict[str, fields.Field[Any]] = {
        plan.nodes[n]["name"]: Answer(_check(plan, n)) for n in plan.children[0] if plan.nodes[n]["kind"] != "note"
    }
    known["_same"] = Answer(_check_same)
    return Schema.from_dict(known, name=f"Answers{plan.form_id}")(unknown=RAISE)


@lru_cache(maxsize=64)
def _plainly(plan_hash: str, held: _Held) -> Quick:
    inner = _quick_inner(held.plan, 0)
    return _quick_group({**inner, "_same": _asked(_check_same)}, _plain_texts(held.plan, 0))


def _quick(plan: Plan, number: int) -> Quick:
    node = plan.nodes[number]
    if node["kind"] in DATA_KINDS:
        return _quick_answer(node)
    inner, texts = _quick_inner(plan, number), _plain_texts(plan, number)
    return _quick_rows(_quick_group(inner, {*texts, "_id"})) if node["kind"] == "repeat" else _quick_group(inner, texts)


def _quick_inner(plan: Plan, number: int) -> dict[str, Quick]:
    return {plan.nodes[n]["name"]: _quick(plan, n) for n in plan.children[number] if plan.nodes[n]["kind"] != "note"}


def _plain_texts(plan: Plan, number: int) -> set[str]:
    nodes = [plan.nodes[n] for n in plan.children[number]]
    return {node["name"] for node in nodes if node["kind"] in DATA_KINDS and _is_any_text(node)}


def _is_any_text(node: Node) -> bool:
    """Whether a text is right for this question by its length alone."""
    if node["kind"] == "calculate":
        return True
    return checks.shape_error(node, "x") is None


def _quick_group(inner: dict[str, Quick], texts: set[str]) -> Quick:
    def is_right(value: Any) -> bool:
        if value is None:
            return True
        if type(value) is not dict:
            return False
        for key, answer in value.items():
            # Most answers are texts and codes: they cost no call.
            if type(answer) is str and key in texts and len(answer) <= TEXT_MAX:
                continue
            known = inner.get(key)
            if known is None or not known(answer):
                return False
        return True

    return is_right


def _quick_rows(is_right_group: Quick) -> Quick:
    def is_right(value: Any) -> bool:
        if value is None:
            return True
        if type(value) is not list or len(value) > ROWS_MAX:
            return False
        seen: set[str] = set()
        for row in value:
            row_id = row.get("_id") if type(row) is dict else None
            if type(row_id) is not str or not row_id.replace("-", "").isalnum() or len(row_id) > _ID_MAX:
                return False
            seen.add(row_id)
            if not is_right_group(row):
                return False
        return len(seen) == len(value)

    return is_right


def _quick_answer(node: Node) -> Quick:
    asked = _asked(_check_answer(node))
    if node["kind"] != "calculate" and node.get("type") == "integer":
        return lambda value: (type(value) is int and -checks.INTEGER_MAX <= value <= checks.INTEGER_MAX) or asked(value)
    return asked


def _asked(check: Check) -> Quick:
    def is_right(value: Any) -> bool:
        if value is None:
            return True
        try:
            check(value)
        except ValidationError:
            return False
        return True

    return is_right


def _check(plan: Plan, number: int) -> Check:
    node = plan.nodes[number]
    if node["kind"] in DATA_KINDS:
        return _check_answer(node)
    inner = {plan.nodes[n]["name"]: _check(plan, n) for n in plan.children[number] if plan.nodes[n]["kind"] != "note"}
    return _check_rows(inner) if node["kind"] == "repeat" else _check_group(inner)


def _check_group(inner: dict[str, Check], is_row: bool = False) -> Check:
    def check(value: Any) -> None:
        if value is None and not is_row:
            return
        if not isinstance(value, dict):
            raise ValidationError("Not an object.")
        errors: dict[str, Any] = {}
        for key, answer in value.items():
            if is_row and key == "_id":
                continue
            try:
                if key not in inner:
                    raise ValidationError("Unknown field.")
                inner[key](answer)
            except ValidationError as error:
                errors[key] = error.messages
        if errors:
            raise ValidationError(errors)

    return check


def _check_rows(inner: dict[str, Check]) -> Check:
    check_row = _check_group(inner, is_row=True)

    def check(value: Any) -> None:
        if value is None:
            return
        if not isinstance(value, list) or len(value) > ROWS_MAX:
            raise ValidationError(f"Not a list of at most {ROWS_MAX} rows.")
        seen: set[str] = set()
        for row in value:
            check_row(row)
            row_id = row.get("_id")
            # An id is part of paths: it must not hold their signs.
            if not isinstance(row_id, str) or not row_id.replace("-", "").isalnum() or len(row_id) > _ID_MAX:
                raise ValidationError("A row without a proper _id.")
            if row_id in seen:
                raise ValidationError("Two rows with one _id.")
            seen.add(row_id)

    return check


def _check_answer(node: Node) -> Check:
    allowed = {*(node.get("unknown") or [])}
    is_file = node.get("type") in checks.FILES
    calculated = {**node, "type": "text", "check": None} if node["kind"] == "calculate" else node

    def check(value: Any) -> None:
        if value is None:
            return
        if checks.is_unknown(value):
            if len(value) != 1 or value["unknown"] not in allowed:
                raise ValidationError("This reason is not allowed here.")
            return
        code = None if checks.is_blank(value) else checks.shape_error(calculated, value)
        if code:
            raise ValidationError("Too long." if code == "too_long" else "Not of the type of the question.")
        if is_file and _size(value) > FILE_BYTES_MAX:
            raise ValidationError("Too large.")
        if isinstance(value, list) and sum(map(len, value)) > TEXT_MAX:
            raise ValidationError("Too long.")

    return check


def _check_same(value: Any) -> None:
    if not isinstance(value, dict) or len(value) > MARKS_MAX:
        raise ValidationError("Not marks by path.")
    for path, origin in value.items():
        if len(path) > 1000 or not isinstance(origin, dict) or _size(origin) > 1000:
            raise ValidationError("Not marks by path.")


def _size(value: Any, depth: int = 0) -> int:
    """Characters of an opaque object; raises where it is nested beyond reason."""
    if depth > 8:
        raise ValidationError("Nested too deeply.")
    if isinstance(value, dict):
        return sum(len(key) + _size(inner, depth + 1) for key, inner in value.items())
    if isinstance(value, list):
        return sum(_size(inner, depth + 1) for inner in value)
    return len(str(value))
