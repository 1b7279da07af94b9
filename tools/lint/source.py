"""What is checked: a file with its tree, its place in the house and its waivers."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import TypeVar, cast

ROOMS = ("commerce", "systems", "platforms", "intelligence")
_Node = TypeVar("_Node", bound=ast.AST)
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
    def _nodes(self) -> dict[type[ast.AST], list[ast.AST]]:
        found: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        for node in ast.walk(self.tree):
            found[type(node)].append(node)
        return found

    def nodes(self, *kinds: type[_Node]) -> Iterator[_Node]:
        """Every node of exactly these kinds, kind by kind: the tree is walked once, whoever asks."""
        return (cast("_Node", node) for kind in kinds for node in self._nodes.get(kind, ()))

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
        found: dict[int, tuple[str, str]] = {}
        if "lint-skip" not in self.text:
            return found
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type == tokenize.COMMENT and (match := _WAIVER.match(token.string)):
                found[token.start[0]] = (match[1], match[2].strip())
        return found

    @cached_property
    def imports(self) -> dict[str, str]:
        """Local name to the dotted name it was imported as, wherever in the file."""
        return {
            alias.asname or (dotted.split(".")[0] if isinstance(node, ast.Import) else alias.name): dotted
            for node, alias, dotted in self._imported()
        }

    def imported(self) -> Iterator[tuple[ast.stmt, str]]:
        """Each import statement with each dotted name it brings in."""
        return ((node, dotted) for node, _, dotted in self._imported())

    def _imported(self) -> Iterator[tuple[ast.stmt, ast.alias, str]]:
        for node in self.nodes(ast.Import):
            yield from ((node, alias, alias.name) for alias in node.names)
        for one in self.nodes(ast.ImportFrom):
            if one.module:
                yield from ((one, alias, f"{one.module}.{alias.name}") for alias in one.names)

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
            if source.room
            for node in source.nodes(ast.ClassDef)
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
