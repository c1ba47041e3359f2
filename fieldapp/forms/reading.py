"""What an expression of a plan reads: nodes, lists; and how the columns of lists are called in it."""

from typing import Any


def reads(expr: Any) -> set[int]:
    """The nodes an expression reads, those inside filters too."""
    found: set[int] = set()
    if isinstance(expr, list) and expr and isinstance(expr[0], str):
        if expr[0] in ("p", "c"):
            found.add(expr[1])
            for repeat, test in expr[3] if len(expr) > 3 else []:
                found |= {repeat} | reads(test)
        elif expr[0] == "l":
            for test in expr[2]:
                found |= reads(test)
        elif expr[0] not in ("n", "s", "pos", "col", "re", "ls"):
            for part in expr[1:]:
                found |= reads(part)
    return found


def list_columns(expression: Any) -> Any:
    """XForms calls the code of a choice `name`; in a plan it is `value`."""
    if isinstance(expression, tuple):
        return tuple(list_columns(part) for part in expression)
    if not isinstance(expression, list) or not expression or expression[0] == "s":
        return expression
    if expression[0] == "col":
        return ["col", "value"] if expression[1] == "name" else expression
    if expression[0] == "l":
        column = "value" if expression[3] == "name" else expression[3]
        return ["l", expression[1], [list_columns(test) for test in expression[2]], column]
    return [list_columns(part) for part in expression]


def lists_read(expr: Any) -> set[str]:
    """Names of the lists an expression reads."""
    if not isinstance(expr, list) or not expr:
        return set()
    own = {expr[1]} if expr[0] == "l" else set()
    return own.union(*(lists_read(part) for part in expr[1:] if isinstance(part, list)))
