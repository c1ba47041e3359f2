"""Many plain rows at once: statements made ready once, values bound and rows read by the types of their columns alone.

For the one place where it counts, a batch of pushed reports (docs/benchmarks.md, "Intake"): there the way of a
statement through the ORM took longer than the database. Everywhere else the session is asked.

Obligations, easy to break:
 - A statement given here is made once, at the head of a module: what was made ready of it is kept with it.
 - What is written here is not known to objects the session has loaded before.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Delete, Dialect, Insert, Select, Table, Update, insert
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


def ask(session: Session, question: Select[Any], ids: Iterable[Any], **given: Any) -> list[tuple[Any, ...]]:
    """The rows that a question finds of these ids; nothing is asked where there are none."""
    wanted = list(ids)
    if not wanted:
        return []
    session.flush()  # as a question of the session itself would
    connection = session.connection()
    ready = _question(question, len(wanted), tuple(given), connection.dialect)
    numbered = zip((f"{IDS}_{number}" for number in range(1, len(wanted) + 1)), wanted, strict=True)
    row = {**ready.constants, **given, **dict(numbered)}
    columns = [
        row[name] if convert is None else convert(row[name])
        for name, convert in zip(ready.names, ready.converts, strict=True)
    ]
    asked = tuple(columns) if ready.is_positional else dict(zip(ready.names, columns, strict=True))
    return _read(connection.exec_driver_sql(ready.text, asked).fetchall(), ready.reads)


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


def _read(rows: Sequence[Any], reads: Sequence[_Convert | None]) -> list[tuple[Any, ...]]:
    return [
        tuple(value if read is None else read(value) for value, read in zip(row, reads, strict=True)) for row in rows
    ]


@lru_cache(maxsize=4_096)
def _question(question: Select[Any], count: int, given: tuple[str, ...], dialect: Dialect) -> _Ready:
    reads = tuple(
        column.type.dialect_impl(dialect).result_processor(dialect, None) for column in question.selected_columns
    )
    return _ready(question, {**dict.fromkeys(given), IDS: [None] * count}, dialect, reads)


@lru_cache(maxsize=256)
def _writing(statement: Insert | Update | Delete, keys: tuple[str, ...], dialect: Dialect) -> _Ready:
    return _ready(statement, dict.fromkeys(keys), dialect, (), column_keys=list(keys))


def _ready(
    statement: Any, values: dict[str, Any], dialect: Dialect, reads: tuple[_Convert | None, ...], **how: Any
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
    )


@lru_cache(maxsize=64)
def _insert(table: type[Base]) -> Insert:
    whole: Table = table.__table__  # type: ignore[assignment]
    return insert(whole)
