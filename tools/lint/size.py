"""How long functions and files may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median, quantiles

from tools.lint.source import Finding, Source, Tree

LONGEST_FUNCTION, LONGEST_FILE = 80, 400
MEDIAN, P90 = 8, 25

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Budget:
    """The lengths of all functions that count."""

    functions: int
    median: float
    p90: float
    longest: int

    @property
    def is_kept(self) -> bool:
        return self.median <= MEDIAN and self.p90 <= P90

    def __str__(self) -> str:
        return (
            f"{self.functions} functions: median {self.median:g} lines (at most {MEDIAN}), "
            f"p90 {self.p90:g} (at most {P90}), longest {self.longest} (at most {LONGEST_FUNCTION})"
        )


def size(source: Source, _: Tree) -> Iterator[Finding]:
    """No function over 80 lines, no file over 400; tests and generated code are exempt."""
    if not counts(source):
        return
    lines = len(source.text.splitlines())
    if lines > LONGEST_FILE:
        yield from source.finding(1, "size", f"{lines} lines (at most {LONGEST_FILE})")
    for function in functions(source):
        if (own := length(function)) > LONGEST_FUNCTION:
            yield from source.finding(
                function.lineno, "size", f"{function.name} has {own} lines (at most {LONGEST_FUNCTION})"
            )


def budget(tree: Tree) -> Budget:
    """The lengths of the tree's functions."""
    lengths = [
        length(function) for source in tree.sources if counts(source) for function in functions(source)
    ]
    if len(lengths) < 2:
        return Budget(len(lengths), sum(lengths), sum(lengths), sum(lengths))
    return Budget(
        len(lengths), median(lengths), quantiles(lengths, n=10, method="inclusive")[8], max(lengths)
    )


def counts(source: Source) -> bool:
    """Whether the size of `source` is judged."""
    return not (source.is_test or source.is_migration)


def functions(source: Source) -> Iterator[_Function]:
    """Every function and method, nested ones too."""
    return source.nodes(ast.FunctionDef, ast.AsyncFunctionDef)


def length(function: _Function) -> int:
    """Lines from `def` to the end, its docstring not counted."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    if is_docstring and isinstance(first.value.value, str):  # type: ignore[attr-defined]
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines
