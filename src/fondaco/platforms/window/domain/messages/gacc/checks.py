"""A whole GACC message against its schema and against the rules that the specification states in words.

Faults carry paths such as /CEB311Message/Order[2]/OrderList[1]/gcode: entries and lines are counted from 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from fondaco.platforms.window.domain.declaration import MOST_ITEMS
from fondaco.platforms.window.domain.messages.gacc.spec import (
    MOST_SUBSCRIBERS,
    SUBSCRIBE,
    TRANSFER,
    Block,
    Book,
    Entry,
    Fault,
    Field,
    Message,
    Shape,
)
from fondaco.platforms.window.domain.messages.gacc.values import check_value

_CENT = Decimal("0.01")  # what rounding the price of one piece may cost a line


def check_message(message: Message, *, book: Book) -> Iterator[Fault]:
    """Everything wrong with `message`, in the order of its elements."""
    shape = book.shape(message.number)
    yield from _counts(message, shape)
    for place, entry in enumerate(message.entries, start=1):
        yield from _check_entry(entry, shape, book=book, path=entry_path(shape, place))
    yield from _repeated(message, shape)
    yield from _check_tail(message, shape, book=book)


def entry_path(shape: Shape, place: int) -> str:
    """Where the entry `place` (from 1) is."""
    return f"/{shape.root}/{shape.entry}[{place}]"


def head_path(shape: Shape, place: int) -> str:
    """Where the fields of an entry are."""
    path = entry_path(shape, place)
    return f"{path}/{shape.head}" if shape.wrapped else path


def _counts(message: Message, shape: Shape) -> Iterator[Fault]:
    found, path = len(message.entries), f"/{shape.root}/{shape.entry}"
    if not message.guid:
        yield Fault(f"/{shape.root}/@guid", "missing", "The message has no guid.", "Give a new UUID.")
    if not found:
        yield Fault(path, "missing", "The message is empty.", f"Give at least one {shape.entry}.")
    if shape.entries_max is not None and found > shape.entries_max:
        yield Fault(
            path, "too-many", f"{found} of {shape.entry}.", f"Send at most {shape.entries_max} in a message."
        )


def _check_entry(entry: Entry, shape: Shape, *, book: Book, path: str) -> Iterator[Fault]:
    head = f"{path}/{shape.head}" if shape.wrapped else path
    yield from check_block(entry.head, book.fields(shape, shape.head), path=head)
    yield from _line_count(len(entry.lines), shape, path=path)
    if shape.line:
        fields = book.fields(shape, shape.line)
        for place, line in enumerate(entry.lines, start=1):
            at = f"{path}/{shape.line}[{place}]"
            yield from check_block(line, fields, path=at)
            yield from _check_line(line, fields, place=place, path=at)
    yield from _check_sums(entry, shape, path=head)


def check_block(block: Block, fields: tuple[Field, ...], *, path: str) -> Iterator[Fault]:
    """Missing and unknown elements of a block, and each value."""
    known = {field.name for field in fields}
    for name in block:
        if name not in known:
            yield Fault(f"{path}/{name}", "unknown", "There is no such element here.", "Leave it out.")
    for field in fields:
        at = f"{path}/{field.name}"
        if field.name in block:
            yield from check_value(field, block[field.name], path=at)
        elif field.required:
            yield Fault(at, "missing", "This element is required.", "Add it.")


def _line_count(found: int, shape: Shape, *, path: str) -> Iterator[Fault]:
    at = f"{path}/{shape.line or 'line'}"
    if not shape.line:
        if found:
            yield Fault(at, "unknown", f"{shape.entry} has no lines.", "Leave them out.")
    elif found < shape.lines_min:
        yield Fault(at, "missing", "There are no lines.", "Give at least one.")
    elif shape.lines_max is not None and found > shape.lines_max:
        remedy = f"Use at most {shape.lines_max}; summarise lines of one code."
        yield Fault(at, "too-many", f"{found} lines.", remedy)
    elif shape.lines_max is not None and found > MOST_ITEMS:
        remedy = f"Use at most {MOST_ITEMS}; summarise lines of one code."
        yield Fault(at, "too-many", f"{found} lines.", remedy, level="rule")


def _check_line(line: Block, fields: tuple[Field, ...], *, place: int, path: str) -> Iterator[Fault]:
    numbered = any(field.form == "seq" for field in fields)
    if numbered and line.get("gnum", place) != place:
        yield Fault(
            f"{path}/gnum", "sequence", "Lines are numbered from 1 without a gap.", f"Write {place}.",
            str(line["gnum"]), "rule",
        )  # fmt: skip
    if bool(line.get("qty2")) != bool(line.get("unit2")):
        lacking = "unit2" if line.get("qty2") else "qty2"
        yield Fault(
            f"{path}/{lacking}",
            "pair",
            "Second quantity and unit go together.",
            f"Add {lacking}.",
            "",
            "rule",
        )
    yield from _check_price(line, path=path)


def _check_price(line: Block, *, path: str) -> Iterator[Fault]:
    price, quantity, total = (_amount(line, name) for name in ("price", "qty", "totalPrice"))
    if price is None or quantity is None or total is None:
        return
    allowed = _CENT + quantity * Decimal("0.000005")  # the price itself is rounded to five decimals
    if abs(price * quantity - total) > allowed:
        remedy = f"Write {price * quantity:f}, price times quantity."
        yield Fault(f"{path}/totalPrice", "sum", "Price and total differ.", remedy, str(total), "rule")


def _check_sums(entry: Entry, shape: Shape, *, path: str) -> Iterator[Fault]:
    """Order totals: Announcement 2018 No. 113, notes on goodsValue and acturalPaid."""
    goods = _amount(entry.head, "goodsValue")
    totals = [_amount(line, "totalPrice") for line in entry.lines]
    known = [total for total in totals if total is not None]
    if shape.head == "OrderHead" and goods is not None and len(known) == len(totals) and sum(known) != goods:
        remedy = f"Write {sum(known):f}, the sum of the lines."
        yield Fault(f"{path}/goodsValue", "sum", "Lines and total differ.", remedy, str(goods), "rule")
    parts = [_amount(entry.head, name) for name in ("freight", "taxTotal", "discount", "acturalPaid")]
    freight, tax, discount, paid = parts
    if goods is None or freight is None or tax is None or discount is None or paid is None:
        return
    if paid != (owed := goods + freight + tax - discount):
        remedy = f"Write {owed:f}: goods, freight and tax less the discount."
        yield Fault(f"{path}/acturalPaid", "sum", "This is not what was due.", remedy, str(paid), "rule")


def _amount(block: Block, name: str) -> Decimal | None:
    value = block.get(name)
    return Decimal(value) if isinstance(value, (int, Decimal)) else None


def _repeated(message: Message, shape: Shape) -> Iterator[Fault]:
    """Guids of entries that are there twice; customs' own receipts may tell of one document again."""
    if not shape.tail:
        return
    seen: set[object] = set()
    for place, entry in enumerate(message.entries, start=1):
        guid = entry.head.get("guid")
        if guid in seen:
            at = f"{head_path(shape, place)}/guid"
            yield Fault(at, "repeated", "Two entries share a guid.", "Give a new UUID.", str(guid), "rule")
        seen.add(guid or object())


def _check_tail(message: Message, shape: Shape, *, book: Book) -> Iterator[Fault]:
    names = {name for name, _ in shape.tail}
    path = f"/{shape.root}/{TRANSFER}"
    if message.transfer is not None and TRANSFER in names:
        yield from check_block(message.transfer, book.fields(shape, TRANSFER), path=path)
    elif TRANSFER in names:
        yield Fault(path, "missing", "Nobody is named as sender.", "Name the sender at the electronic port.")
    elif message.transfer is not None:
        yield Fault(path, "unknown", "A receipt names no sender.", "Leave it out.")
    if len(message.subscribe) > (MOST_SUBSCRIBERS if SUBSCRIBE in names else 0):
        yield Fault(f"/{shape.root}/{SUBSCRIBE}", "too-many", "Too many subscribers.", "Leave some out.")
        return
    for place, block in enumerate(message.subscribe, start=1):
        at = f"/{shape.root}/{SUBSCRIBE}[{place}]"
        yield from check_block(block, book.fields(shape, SUBSCRIBE), path=at)
