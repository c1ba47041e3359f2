"""Many plain rows at once: statements made ready once, values bound and rows read by the types of their columns alone.

For the one place where it counts, the exchange with a phone (docs/benchmarks.md, "Intake"): there the way of a
statement through the ORM took longer than the database. Everywhere else the session is asked.

Obligations, easy to break:
 - A statement given here is made once, at the head of a module: what was made ready of it is kept with it.
 - What is written here is not known to objects the session has loaded before.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Delete, Dialect, Insert, Select, Table, Update, Uuid, insert
from sqlalchemy.orm import Session

from fieldapp.db import Base

IDS = "ids"  # the one parameter of a question that is a list: bindparam("ids", expanding=True)
_Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class _Ready:
    """A statement in the words of one dialect. `converts` holds the conversion of each parameter, in order."""

    text: str
    names: tuple[str, ...]
    converts: tuple[_Convert | None, ...]
    constants: Mapping[str, Any]
    is_positional: bool
    reads: tuple[_Convert | None, ...] = ()  # conversion of each column of a found row
    are_ids: tuple[bool, ...] = ()  # whether that column holds ids


def ask(session: Session, question: Select[Any], ids: Iterable[Any], **given: Any) -> list[tuple[Any, ...]]:
    """The rows that a question finds of these ids; nothing is asked where there are none."""
    wanted = list(ids)
    return _ask(session, question, wanted, given) if wanted else []


def one(session: Session, question: Select[Any] | Update, **given: Any) -> tuple[Any, ...] | None:
    """The row that a question finds, or that a change gives back; None where there is none."""
    return next(iter(_ask(session, question, [], given)), None)


def _ask(
    session: Session, question: Select[Any] | Update, wanted: list[Any], given: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    session.flush()  # as a question of the session itself would
    connection = session.connection()
    ready = _question(question, len(wanted), tuple(given), connection.dialect)
    numbered = zip((f"{IDS}_{number}" for number in range(1, len(wanted) + 1)), wanted, strict=True)
    row = {**ready.constants, **given, **dict(numbered)}
    values = [row[name] for name in ready.names]
    columns = [
        value if convert is None else convert(value) for value, convert in zip(values, ready.converts, strict=True)
    ]
    asked = tuple(columns) if ready.is_positional else dict(zip(ready.names, columns, strict=True))
    rows = connection.exec_driver_sql(ready.text, asked).fetchall()
    named = {column: value for column, value in zip(columns, values, strict=True) if type(value) is UUID}
    return _read(rows, ready, named)


def every(session: Session, question: Select[Any], **given: Any) -> list[tuple[Any, ...]]:
    """All rows that a question without ids finds."""
    return _ask(session, question, [], given)


def add(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert these rows, all with the keys of the first."""
    write(session, _insert(table), rows)


def write(session: Session, statement: Insert | Update | Delete, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run a statement once for each row, all with the keys of the first."""
    if not rows:
        return
    session.flush()  # as a question of the session itself would
    connection = session.connection()
    ready = _writing(statement, tuple(rows[0]), connection.dialect)
    columns = [_column(rows, name, convert) for name, convert in zip(ready.names, ready.converts, strict=True)]
    many = list(zip(*columns, strict=True))
    connection.exec_driver_sql(
        ready.text, many if ready.is_positional else [dict(zip(ready.names, row, strict=True)) for row in many]
    )


def _column(rows: Sequence[Mapping[str, Any]], name: str, convert: _Convert | None) -> list[Any]:
    given = [row[name] for row in rows]
    if convert is None:
        return given
    # Much of a batch is the same object in every row: her id, her vault, the time.
    last, converted = given[0], convert(given[0])
    column = []
    for value in given:
        if value is not last:
            last, converted = value, convert(value)
        column.append(converted)
    return column


def _read(rows: Sequence[Any], ready: _Ready, ids: dict[Any, UUID]) -> list[tuple[Any, ...]]:
    columns: list[Iterable[Any]] = []
    for values, read, is_id in zip(zip(*rows, strict=True), ready.reads, ready.are_ids, strict=False):
        if read is None:
            columns.append(values)
        elif is_id:
            # Most were asked for, or stand in many rows: making an id of its text takes longer than finding it.
            columns.append([ids[value] if value in ids else ids.setdefault(value, read(value)) for value in values])
        else:
            columns.append(map(read, values))
    return list(zip(*columns, strict=True))


@lru_cache(maxsize=4_096)
def _question(question: Select[Any] | Update, count: int, given: tuple[str, ...], dialect: Dialect) -> _Ready:
    types = [column.type for column in question.exported_columns]
    reads = tuple(kind.dialect_impl(dialect).result_processor(dialect, None) for kind in types)
    are_ids = tuple(isinstance(kind, Uuid) for kind in types)
    return _ready(question, {**dict.fromkeys(given), IDS: [None] * count}, dialect, reads, are_ids)


@lru_cache(maxsize=256)
def _writing(statement: Insert | Update | Delete, keys: tuple[str, ...], dialect: Dialect) -> _Ready:
    return _ready(statement, dict.fromkeys(keys), dialect, (), column_keys=list(keys))


def _ready(
    statement: Any,
    values: dict[str, Any],
    dialect: Dialect,
    reads: tuple[_Convert | None, ...],
    are_ids: tuple[bool, ...] = (),
    **how: Any,
) -> _Ready:
    compiled = statement.compile(dialect=dialect, **how)
    state = compiled.construct_expanded_state(values)
    names = tuple(state.positiontup or state.parameters)
    listed = set(state.parameter_expansion.get(IDS, ()))
    types = [compiled.binds[IDS if name in listed else name].type for name in names]
    return _Ready(
        text=state.statement,
        names=names,
        converts=tuple(kind.dialect_impl(dialect).bind_processor(dialect) for kind in types),
        constants={name: state.parameters[name] for name in names if name not in values and name not in listed},
        is_positional=state.positiontup is not None,
        reads=reads,
        are_ids=are_ids,
    )


@lru_cache(maxsize=64)
def _insert(table: type[Base]) -> Insert:
    whole: Table = table.__table__  # type: ignore[assignment]
    return insert(whole)
