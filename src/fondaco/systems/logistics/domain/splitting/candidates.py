"""Candidates: the consignments a plan is made of, each a set of closed parcels.

Small orders: every set of units that one carton holds is a candidate, so the plan is exact under the
packing room's volume rule. Larger ones: groups of lines (all; by cargo class, by where they are in
stock, by tariff heading, the denser and the longer half, single lines), each packed under several mass limits and carton sizes, as one
consignment under one waybill and as single parcels.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, combinations, product
from math import prod

from fondaco.systems.logistics.domain.splitting.atoms import Atom
from fondaco.systems.logistics.domain.splitting.loads import Pattern, Shelf

# So many sets of units are listed one by one.
EXACT_SETS = 400
# Classes or stock places are combined exhaustively up to so many; beyond, each alone and all but each.
_COMBINED = 4
_SINGLE_LINES = 14
# A load of more parcels goes as one consignment or in other groups; its parcels are not sent one by one.
_MOST_PARCELS = 24
# The house's largest cartons that a load is tried with, counted from the largest.
_LARGEST = (0, 2, 3)

Load = tuple[Pattern, ...]


@dataclass(slots=True)
class Candidates:
    """Distinct consignments in the order they were thought of. `default` is the packing room's own load of all
    lines, `lines` each line's, for the baselines; `exact` says that nothing was left out.
    """

    loads: dict[Load, None] = field(default_factory=dict)
    exact: bool = False
    default: Load = ()
    lines: list[Load] = field(default_factory=list)

    def add(self, load: Sequence[Pattern]) -> Load:
        """Think of `load`; patterns are kept in a fixed order."""
        key = tuple(sorted(load, key=lambda p: (p.contents, p.box)))
        self.loads[key] = None
        return key


def draw_candidates(
    shelf: Shelf, atoms: Sequence[Atom], *, caps: Sequence[int], by_heading: bool = False
) -> Candidates:
    """The candidates of an order. `caps` are gross masses in grams that cards have a step at."""
    found = Candidates()
    found.default = found.add(shelf.load(shelf.order))
    found.lines = [found.add(shelf.load([i])) for i in range(len(atoms))]
    if prod(min(a.item.quantity, EXACT_SETS) + 1 for a in atoms) <= EXACT_SETS and all(
        shelf.boxed(i) for i in range(len(atoms))
    ):
        found.exact = _every_set(shelf, atoms, found)
        return found
    for lines in _groups(shelf, atoms):
        _vary(shelf, lines, found, caps)
    if by_heading:
        _vary_headings(shelf, found)
    return found


def _every_set(shelf: Shelf, atoms: Sequence[Atom], found: Candidates) -> bool:
    """Each set of units in the smallest carton that holds it; and all of them under one waybill."""
    for counts in product(*(range(a.item.quantity + 1) for a in atoms)):
        contents = [(i, n) for i, n in enumerate(counts) if n]
        place = shelf.smallest(contents) if contents else None
        if place is not None:
            found.add([shelf.pattern(contents, place)])
    return True


def _groups(shelf: Shelf, atoms: Sequence[Atom]) -> Iterator[list[int]]:
    """Lists of lines to pack together, each in filling order, without repetition."""
    everything = frozenset(range(len(atoms)))
    wanted: dict[frozenset[int], None] = {everything: None}
    for kinds in ([a.item.cargo_classes for a in atoms], [a.at for a in atoms]):
        wanted.update(dict.fromkeys(_unions(kinds)))
    both = [(a.item.cargo_classes, a.at) for a in atoms]
    wanted.update(dict.fromkeys(_unions(both) if len(set(both)) <= _COMBINED else _singles(both)))
    for code in sorted({code for a in atoms for code in a.at}):
        here = frozenset(i for i, a in enumerate(atoms) if code in a.at)
        wanted.update(dict.fromkeys((here, everything - here)))
    if len(atoms) <= _SINGLE_LINES:
        wanted.update(dict.fromkeys(frozenset({i}) for i in everything))
    wanted.update(dict.fromkeys(_halves(shelf, atoms)))
    for group in wanted:
        if group:
            yield [i for i in shelf.order if i in group]


def _halves(shelf: Shelf, atoms: Sequence[Atom]) -> Iterator[frozenset[int]]:
    """All lines parted at half their mass, the dense from the bulky and the short from the long: bulk is charged by
    volume, length refused, by some services and not by others.
    """
    items = shelf.items
    longest = [max(item.length_mm, item.width_mm, item.height_mm) for item in items]
    for key in (shelf.density, longest.__getitem__):
        lines = sorted(range(len(atoms)), key=key)
        mass = list(accumulate(items[i].mass_g * items[i].quantity for i in lines))
        half = bisect_left(mass, mass[-1] / 2) + 1
        yield frozenset(lines[:half])
        yield frozenset(lines[half:])


def _singles(kinds: Sequence[object]) -> Iterator[frozenset[int]]:
    for kind in dict.fromkeys(kinds):
        yield frozenset(i for i, k in enumerate(kinds) if k == kind)


def _unions(kinds: Sequence[object]) -> Iterator[frozenset[int]]:
    """Unions of kinds: all of them where there are few, else each one and its complement."""
    names = list(dict.fromkeys(kinds))
    everything = frozenset(range(len(kinds)))
    if len(names) > _COMBINED:
        for alone in _singles(kinds):
            yield alone
            yield everything - alone
        return
    for size in range(1, len(names)):
        for chosen in combinations(names, size):
            yield frozenset(i for i, kind in enumerate(kinds) if kind in chosen)


def _vary(shelf: Shelf, lines: list[int], found: Candidates, caps: Sequence[int]) -> None:
    """A group under each mass limit and, unlimited, each largest carton and the dense goods first: one waybill, and
    single parcels.

    A price rises more slowly than the mass, and volume fills most cartons: a few heavy parcels and many light ones
    cost less than as many that are alike.
    """
    mass = sum(shelf.items[i].mass_g * shelf.items[i].quantity for i in lines)
    top = len(shelf.cartons) - 1
    dense = sorted(lines, key=shelf.density, reverse=True)
    ways = [(lines, 0, max(top - back, 0)) for back in _LARGEST] + [(dense, 0, top)]
    ways += [(lines, cap, top) for cap in caps if cap < mass <= cap * _MOST_PARCELS]
    for order, cap, largest in ways:
        load = shelf.load(order, cap_g=cap, largest=largest)
        found.add(load)
        if len(load) <= _MOST_PARCELS:
            for pattern in dict.fromkeys(load):
                found.add([pattern])


def _vary_headings(shelf: Shelf, found: Candidates) -> None:
    """Lines of a tariff heading lie together: fewer headings in each parcel, fewer flat duties."""
    heads: dict[str, list[int]] = {}
    for i in shelf.order:
        heads.setdefault(shelf.items[i].heading, []).append(i)
    together = [i for lines in heads.values() for i in lines]
    _vary(shelf, together, found, ())
    for lines in heads.values():
        _vary(shelf, lines, found, ())
