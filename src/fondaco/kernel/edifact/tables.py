"""Segment tables of UN/EDIFACT messages: order, status (M, C) and greatest number, written as text and compiled.

A table reads "UNH M1 BGM M1 SG1 C99 (NAD M1 COM C9) UNT M1"; a group's tag is that of its first segment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_TOKEN = re.compile(r"([A-Z0-9]+) ([MC])([0-9]+)|([()])")
_GROUP = re.compile(r"SG[0-9]+")

# Where each tag of a sound message goes depends on the tags alone, and senders send few shapes over and over: a
# shape is a group's name, the places of its own segments, and the shapes inside it.
Shape = tuple[str, tuple[int, ...], tuple["Shape", ...]]
_MOST_SHAPES = 4096  # what a hostile sender could make us keep stays small


@dataclass(frozen=True, slots=True)
class Item:
    """A segment or, with `level`, a group of them; `tag` is the segment's or that of the group's first one."""

    name: str
    tag: str
    mandatory: bool
    most: int
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """The items of a message or group in order.

    `follow[p]` says where, from item p on, a tag next stands; `must[p]` which is the next mandatory item.
    """

    items: tuple[Item, ...]
    follow: tuple[dict[str, int], ...]
    must: tuple[int, ...]


class Tables:
    """The tables of some message types by name, each compiled when it is first asked for."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.sources = sources
        self.shapes: dict[tuple[str, ...], Shape] = {}
        self._levels: dict[str, Level] = {}

    def level(self, message: str) -> Level | None:
        """The table of a message type, or None where it is not among these."""
        source = self.sources.get(message)
        if source is not None and message not in self._levels:
            self._levels[message] = _level([found.groups() for found in _TOKEN.finditer(source)], [0])
        return self._levels.get(message)

    def remember(self, key: tuple[str, ...], shape: Shape) -> None:
        """Keep the shape of messages with these tags."""
        if len(self.shapes) >= _MOST_SHAPES:
            self.shapes.clear()
        self.shapes[key] = shape


def _level(tokens: list[tuple[str, ...]], at: list[int]) -> Level:
    items: list[Item] = []
    while at[0] < len(tokens) and tokens[at[0]][3] != ")":
        name, status, most, _ = tokens[at[0]]
        at[0] += 1
        inner = None
        if _GROUP.fullmatch(name):
            at[0] += 1
            inner = _level(tokens, at)
            at[0] += 1
        tag = inner.items[0].tag if inner else name
        items.append(Item(name, tag, status == "M", int(most), inner))
    return Level(tuple(items), _follow(items), _must(items))


def _follow(items: list[Item]) -> tuple[dict[str, int], ...]:
    rows: list[dict[str, int]] = [{}]
    for place in range(len(items) - 1, -1, -1):
        rows.append({**rows[-1], items[place].tag: place})
    return tuple(reversed(rows))


def _must(items: list[Item]) -> tuple[int, ...]:
    rows = [len(items)]
    for place in range(len(items) - 1, -1, -1):
        rows.append(place if items[place].mandatory else rows[-1])
    return tuple(reversed(rows))
