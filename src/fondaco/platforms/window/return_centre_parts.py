"""The pieces of a return by the declarations they came under: kept when it is opened, read by clocks, claims, messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, Sum

from fondaco.kernel.errors import Conflict
from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.returned import share_of
from fondaco.platforms.window.domain.returned_parts import (
    EXPORT,
    IMPORT,
    Allotted,
    Carried,
    Place,
    allot,
    fit_carried,
    from_first,
)
from fondaco.platforms.window.models import (
    Declaration,
    DeclarationItem,
    MoveKind,
    ReturnableLine,
    ReturnCase,
    ReturnedLine,
    ReturnPart,
)

Before = dict[UUID, Counter[Place]]
SIDES = {"213": EXPORT, "215": EXPORT, "625": IMPORT}
_GACC = "CN"  # whose messages these are


class NoDeclarationToReturn(Conflict):
    code = "no-declaration-to-return"
    title = "There is no released Chinese declaration that these goods came under."
    remedy = "213 and 215 return an export, 625 an import; customs must have given the list its number."


class ItemNotDeclared(Conflict):
    code = "returned-item-not-declared"
    title = "A line of the return has no item of its own on the declarations of its order."
    remedy = "A declaration sums several lines up or lacks the line; draw the application up by hand from its file."


@dataclass(frozen=True, slots=True)
class PartRow:
    """Pieces of a returned line under one declaration of the sale; `declared` of the line stand on it.

    `number` is the one that customs gave the declaration, empty where it is not known; `pieces` those that still come.
    """

    line_id: UUID
    side: str
    part: int
    declaration_id: UUID | None
    number: str
    released_on: date | None
    declared: int
    pieces: int
    duty: Money
    tax: Money


def load_before(account_ids: Collection[UUID]) -> Before:
    """Pieces of each line that came back of each declaration, in all returns so far."""
    rows: Any = ReturnPart.objects.house().filter(
        line__account_id__in=account_ids, declaration_id__isnull=False
    )
    found: Before = {key: Counter() for key in account_ids}
    summed = rows.values_list("line__account_id", "side", "part").annotate(
        n=Sum(F("quantity") - F("given_back"))
    )
    for account_id, side, part, pieces in summed:
        found[account_id][side, part] = pieces
    return found


def allot_line(
    account: ReturnableLine, carried: Sequence[Carried], units: int, *, before: Counter[Place]
) -> list[Allotted]:
    """The `units` pieces of a line by declaration, first out first back; `before` moves on in memory.

    Nothing on a side where the declarations do not carry every piece that was sold.
    """
    fit = fit_carried(carried, sold=account.sold, duty_minor=account.duty_minor, tax_minor=account.tax_minor)
    _place_earlier(fit, account, before)
    found = allot(fit, before=before, units=units)
    for one in found:
        before[one.carried.place] += one.quantity
    return found


def _place_earlier(fit: Sequence[Carried], account: ReturnableLine, before: Counter[Place]) -> None:
    """Pieces that came back before it was kept under what: the first ones out, too."""
    for side in {one.side for one in fit}:
        lost = account.claimed - sum(n for (of, _), n in before.items() if of == side)
        for one in allot([one for one in fit if one.side == side], before=before, units=max(lost, 0)):
            before[one.carried.place] += one.quantity


def part_rows(line: ReturnedLine, found: Sequence[Allotted]) -> list[ReturnPart]:
    """The rows of a returned line by declaration; one without a declaration where its import is not known."""
    rows = [
        ReturnPart(
            line=line, side=one.carried.side, part=one.carried.part, declaration_id=one.carried.declaration_id,
            item=one.carried.item, on=one.carried.on, declared=one.carried.quantity, before=one.before,
            quantity=one.quantity, duty_minor=one.duty_minor, tax_minor=one.tax_minor,
        )
        for one in found
    ]  # fmt: skip
    if not any(row.side == IMPORT for row in rows):
        rows.append(
            ReturnPart(
                line=line, side=IMPORT, declared=line.account.sold, quantity=line.quantity,
                duty_minor=line.duty_minor, tax_minor=line.tax_minor,
            )
        )  # fmt: skip
    return rows


def charges_of(account: ReturnableLine, found: Sequence[Allotted], units: int) -> dict[str, int]:
    """Duty and tax that `units` pieces carry: the sum of their parts; their share of the line's where none is known."""
    own = [one for one in found if one.carried.side == IMPORT]
    if own:
        return {
            "duty_minor": sum(one.duty_minor for one in own),
            "tax_minor": sum(one.tax_minor for one in own),
        }
    part = {"units": units, "before": account.claimed, "sold": account.sold}
    return {
        "duty_minor": share_of(account.duty_minor, **part),
        "tax_minor": share_of(account.tax_minor, **part),
    }


def parts_of(case: ReturnCase, side: str) -> list[ReturnPart]:
    """The parts of a return on one side, by declaration, those first released first."""
    rows = ReturnPart.objects.house().filter(line__case=case, side=side).select_related("line__account")
    return list(rows.order_by(F("on").asc(nulls_first=True), "part", "line__account__line_no", "id"))


def part_views(case: ReturnCase) -> tuple[PartRow, ...]:
    """The pieces of a return by declaration, as they are shown: imports first."""
    rows = [*parts_of(case, IMPORT), *parts_of(case, EXPORT)]
    keys = {row.declaration_id for row in rows if row.declaration_id}
    numbers: dict[UUID | None, str] = dict(
        Declaration.objects.house().filter(id__in=keys).values_list("id", "mrn")
    )
    return tuple(
        PartRow(
            row.line_id, row.side, row.part, row.declaration_id, numbers.get(row.declaration_id, ""), row.on,
            row.declared, row.quantity - row.given_back, Money(row.duty_minor, case.currency),
            Money(row.tax_minor, case.currency),
        )
        for row in rows
    )  # fmt: skip


def days_of(rows: Sequence[ReturnPart]) -> dict[Place, date]:
    """The day of release of each declaration that carried pieces of a return."""
    return {(row.side, row.part): row.on for row in rows if row.on is not None}


def give_back_parts(line: ReturnedLine, missing: int) -> None:
    """The last `missing` pieces of a line never came: those of the declaration released last."""
    for side in (IMPORT, EXPORT):
        rows = list(line.parts.filter(side=side).order_by(F("on").desc(nulls_last=True), "-part"))
        for row, lost in zip(rows, from_first(missing, [row.quantity for row in rows]), strict=True):
            row.given_back = lost
        ReturnPart.objects.house().bulk_update(rows, ["given_back"])


def wanted_messages(*, sold_into: str, sent_from: str) -> tuple[str, ...]:
    """The applications by which customs wants goods returned: 625 where they were imported, else 213 and 215 at home."""
    by_side = {IMPORT: sold_into, EXPORT: sent_from}
    found = [message for message, side in SIDES.items() if by_side[side] == _GACC]
    return tuple(message for message in found if SIDES[message] == IMPORT) or tuple(found)


def declared_parts(case: ReturnCase, message: str) -> dict[UUID, list[tuple[ReturnPart, int]]]:
    """The pieces that come back of each Chinese declaration, which an application names, in their order.

    NoDeclarationToReturn, ItemNotDeclared.
    """
    side = SIDES.get(message, "")
    rows = [row for row in parts_of(case, side) if row.declaration_id is not None] if side else []
    rows = rows or _single(case, message, side)
    _check_whole(case, rows)
    found: dict[UUID, list[tuple[ReturnPart, int]]] = {}
    for line in case.lines.order_by("account__line_no"):
        own = [row for row in rows if row.line_id == line.id]
        there = from_first(_coming(case, line, side), [row.quantity - row.given_back for row in own])
        for row, pieces in zip(own, there, strict=True):
            if row.declaration_id is not None and pieces:
                found.setdefault(row.declaration_id, []).append((row, pieces))
    if not found:
        raise NoDeclarationToReturn("No piece comes back.", field="message", value=message)
    order = [row.declaration_id for row in rows]
    return dict(sorted(found.items(), key=lambda one: order.index(one[0])))


def _coming(case: ReturnCase, line: ReturnedLine, side: str) -> int:
    """How many pieces of a line come back over that border: all; of exports gathered abroad those that are sent home."""
    if side == EXPORT and case.centre_country != case.sent_from:
        routed = line.verdicts.exclude(route="")
        if routed.exists():
            return int(routed.filter(route=MoveKind.REEXPORT).aggregate(n=Sum("quantity"))["n"] or 0)
    return int(line.quantity)


def _check_whole(case: ReturnCase, rows: Sequence[ReturnPart]) -> None:
    held = Counter[UUID]()
    for row in rows:
        held[row.line_id] += row.quantity
    for line in case.lines.select_related("account"):
        if held[line.id] != line.quantity:
            raise ItemNotDeclared(field="line", value=line.account.sku)


def _single(case: ReturnCase, message: str, side: str) -> list[ReturnPart]:
    """The parts of a return that was opened without knowing them: those of its order's only declaration.

    Kept from then on. A line is found by its number, where the item has all its pieces.
    """
    declaration = _only_one(case, message, side)
    items: Any = DeclarationItem.objects.filter(declaration=declaration)
    numbers = set(items.values_list("number", "quantity"))
    rows = []
    for line in case.lines.select_related("account").order_by("account__line_no"):
        account = line.account
        if (account.line_no, account.sold) not in numbers:
            raise ItemNotDeclared(field="line", value=account.sku)
        on = (declaration.released_at or declaration.drafted_at).date()
        told = {"declaration_id": declaration.id, "item": account.line_no, "on": on, "declared": account.sold,
                "quantity": line.quantity}  # fmt: skip
        row, _ = ReturnPart.objects.house().update_or_create(line=line, side=side, part=1, defaults=told)
        row.line = line
        rows.append(row)
    return rows


def _only_one(case: ReturnCase, message: str, side: str) -> Declaration:
    rows = Declaration.objects.house().filter(
        order_id=case.order_id, kind=side, country=_GACC, state__in=("released", "closed")
    )
    found = {row.part: row for row in rows.exclude(mrn="").order_by("version")}
    if not found:
        raise NoDeclarationToReturn(field="message", value=message)
    if len(found) > 1:
        raise ItemNotDeclared(
            "The order travelled in several consignments.", field="order", value=case.order_number
        )
    return found[next(iter(found))]
