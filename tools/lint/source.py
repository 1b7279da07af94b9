"""What is checked: a file with its tree, its place in the house and its waivers."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

ROOMS = ("commerce", "systems", "platforms", "intelligence")
_WAIVER = re.compile(r"#\s*lint-skip:\s*([a-z-]+)[ \t]*(.*)")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One break of one rule."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: [{self.rule}] {self.message}"


@dataclass(frozen=True)
class Source:
    """A Python file; `path` is relative to the repository."""

    path: str
    text: str
    used: set[int] = field(default_factory=set, compare=False)

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def parts(self) -> tuple[str, ...]:
        return PurePosixPath(self.path).parts

    @cached_property
    def room(self) -> str:
        """The room ("systems.finance"), "parties", "kernel", "flows", "delivery.api", or "" outside."""
        return room_of(".".join(self.parts[1:])) if self.parts[0] == "src" else ""

    @property
    def is_test(self) -> bool:
        return "tests" in self.parts or self.parts[-1] == "conftest.py"

    @property
    def is_migration(self) -> bool:
        return "migrations" in self.parts

    @property
    def is_domain(self) -> bool:
        return "domain" in self.parts

    @cached_property
    def waivers(self) -> dict[int, tuple[str, str]]:
        """Line to (rule, reason)."""
        found = {}
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type == tokenize.COMMENT and (match := _WAIVER.match(token.string)):
                found[token.start[0]] = (match[1], match[2].strip())
        return found

    @cached_property
    def imports(self) -> dict[str, str]:
        """Local name to the dotted name it was imported as, wherever in the file."""
        names: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names |= {alias.asname or alias.name.split(".")[0]: alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        return names

    def imported(self) -> Iterator[tuple[ast.stmt, str]]:
        """Each import statement with each dotted name it brings in."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)

    def finding(self, node: ast.AST | int, rule: str, message: str) -> Iterator[Finding]:
        """The finding at `node`, unless a waiver stands on one of its lines or the one above."""
        first = node if isinstance(node, int) else getattr(node, "lineno", 1)
        last = first if isinstance(node, int) else getattr(node, "end_lineno", first) or first
        for line in range(first - 1, last + 1):
            if self.waivers.get(line, ("", ""))[0] == rule:
                self.used.add(line)
                return
        yield Finding(self.path, first, rule, message)


@dataclass(frozen=True)
class Tree:
    """All files, and what must be known of all of them to judge one."""

    sources: tuple[Source, ...]

    @cached_property
    def owned(self) -> frozenset[tuple[str, str]]:
        """(room, class) of every model that inherits `Owned`, however far down."""
        bases = {
            (source.room, node.name): {name_of(base).split(".")[-1] for base in node.bases}
            for source in self.sources
            for node in ast.walk(source.tree)
            if isinstance(node, ast.ClassDef) and source.room
        }
        found: set[tuple[str, str]] = set()
        grown = True
        while grown:
            new = {
                (room, name)
                for (room, name), parents in bases.items()
                if "Owned" in parents or any((room, parent) in found for parent in parents)
            }
            grown, found = new != found, new
        return frozenset(found - {("kernel", "Owned")})

    def owned_name(self, source: Source, name: str) -> bool:
        """Whether `name`, as `source` uses it, is an owned model."""
        if origin := source.imports.get(name):
            return (room_of(origin), origin.split(".")[-1]) in self.owned
        return (source.room, name) in self.owned


def room_of(dotted: str) -> str:
    """The room a dotted name (with or without `fondaco.`) lies in; "" for what is outside."""
    parts = dotted.removesuffix(".py").split(".")
    if not parts or parts[0] != "fondaco":
        return ""
    if len(parts) > 2 and parts[1] in (*ROOMS, "delivery"):
        return ".".join(parts[1:3])
    return parts[1] if len(parts) > 1 else ""


def is_room(room: str) -> bool:
    """Whether `room` is one of the rooms proper (not kernel, parties, flows, delivery)."""
    return room.split(".", maxsplit=1)[0] in ROOMS and "." in room


def name_of(node: ast.AST) -> str:
    """`a.b.c` of a name or attribute; "" of anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = name_of(node.value)
        return f"{head}.{node.attr}" if head else ""
    return ""


def parsed(files: Iterable[tuple[str, str]]) -> Tree:
    """A tree of (path, text) pairs."""
    return Tree(tuple(Source(path, text) for path, text in files))
