"""Reads of the orders room: a constant number of queries whatever the number of rows."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from fondaco.commerce.orders.domain.errors import BadFilter, OrderNotFound
from fondaco.commerce.orders.dto import OrderDTO, OrderLineDTO, ReturnDTO, ReturnLineDTO
from fondaco.commerce.orders.models import (
    ImportBatch,
    ImportReject,
    Order,
    OrderLine,
    Return,
    ReturnLine,
    SavedView,
)  # fmt: skip
from fondaco.commerce.orders.states import LineKind, OrderState
from fondaco.kernel.paging import newest_after
from fondaco.kernel.tenancy import Scope

MAX_PAGE = 200
_TRAVELS = {LineKind.GOODS.value, LineKind.SAMPLE.value}
_SORTS = {
    "-ordered_at": ("-ordered_at", "-id"),
    "ordered_at": ("ordered_at", "id"),
    "-state_at": ("-state_at", "-id"),
    "-goods_minor": ("-goods_minor", "-id"),
    "goods_minor": ("goods_minor", "id"),
    "number": ("number", "id"),
}
_ORDER_FIELDS = tuple(
    f.name for f in fields(OrderDTO) if f.name not in ("lines", "charges", "buyer_name", "seller_name")
)


_LINE_FIELDS = tuple(f.name for f in fields(OrderLineDTO))


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What the order list can be narrowed and sorted by; dates are days in UTC, both ends included."""

    search: str = ""
    states: tuple[str, ...] = ()
    destination: str = ""
    since: date | None = None
    until: date | None = None
    sort: str = "-ordered_at"

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The filter in `data` (texts, as from a query string or a saved view). BadFilter."""
        known = {f.name for f in fields(cls)}
        if unknown := set(data) - known:
            raise BadFilter(field=min(unknown), value=data[min(unknown)])
        try:
            found = {**data, "states": tuple(data.get("states") or ())}
            for name in ("since", "until"):
                found[name] = date.fromisoformat(data[name]) if data.get(name) else None
            return cls(**found).checked()
        except (TypeError, ValueError) as exc:
            raise BadFilter(str(exc)) from exc

    def checked(self) -> Self:
        """This filter, or BadFilter for a state or a sort that is not offered."""
        if bad := set(self.states) - set(OrderState.values):
            raise BadFilter(field="states", value=min(bad))
        if self.sort not in _SORTS:
            raise BadFilter(field="sort", value=self.sort)
        return self

    def as_dict(self) -> dict[str, Any]:
        """This filter as plain data, to be kept as JSON."""
        plain = asdict(self)
        plain["states"] = list(self.states)
        for name in ("since", "until"):
            plain[name] = plain[name].isoformat() if plain[name] else None
        return plain


@dataclass(frozen=True, slots=True)
class OrderPage:
    """A page of orders; `next_cursor` is empty on the last one. `total` counts up to 10,000."""

    orders: tuple[OrderDTO, ...]
    next_cursor: str
    total: int


@dataclass(frozen=True, slots=True)
class ViewDTO:
    """A saved view of the order list."""

    id: UUID
    name: str
    query: Mapping[str, Any]
    shared: bool


@dataclass(frozen=True, slots=True)
class BatchDTO:
    """One run of an import."""

    id: UUID
    seller_id: UUID
    state: str
    file_name: str
    file_format: str
    encoding: str
    mapping_name: str
    shift_weeks: int
    counts: Mapping[str, int]
    reasons: Mapping[str, int]
    failure: Mapping[str, Any]
    actor: str
    started_at: datetime
    finished_at: datetime | None
    seller_name: str = ""


@dataclass(frozen=True, slots=True)
class RejectDTO:
    """A refused row of an import, with its cells and errors."""

    row: int
    order_ref: str
    cells: Mapping[str, str]
    errors: Sequence[Mapping[str, Any]]


def list_orders(
    scope: Scope, *, filters: OrderFilter | None = None, cursor: str = "", size: int = 50
) -> OrderPage:
    """A page of the orders that `scope` may see, without their lines: two queries at any size."""
    chosen = (filters or OrderFilter()).checked()
    rows = _filtered(Order.objects.of(scope), chosen)
    total = rows.order_by()[:10_000].count()
    sort = _SORTS[chosen.sort]
    size = max(1, min(size, MAX_PAGE))
    page = list(_after(rows, sort, cursor).select_related("buyer", "seller").order_by(*sort)[: size + 1])
    more = _cursor_of(page[size - 1], sort[0].lstrip("-")) if len(page) > size else ""
    return OrderPage(tuple(_named(row, []) for row in page[:size]), more, total)


def chosen_orders(scope: Scope, order_ids: Sequence[UUID]) -> list[OrderDTO]:
    """Those of these orders that `scope` may see, without their lines, newest first; others are left out."""
    rows = Order.objects.of(scope).filter(id__in=order_ids).select_related("buyer", "seller")
    return [_named(row, []) for row in rows.order_by("-ordered_at", "-id")]


def order_detail(scope: Scope, order_id: UUID) -> OrderDTO:
    """One order with its lines, if `scope` may see it, else OrderNotFound."""
    row = Order.objects.of(scope).select_related("buyer", "seller").filter(pk=order_id).first()
    if row is None:
        raise OrderNotFound(field="order", value=order_id)
    lines = OrderLine.objects.of(scope).filter(order_id=order_id).order_by("line_no")
    return _named(row, [OrderLineDTO(*x) for x in lines.values_list(*_LINE_FIELDS)])


def returns_of_order(scope: Scope, order_id: UUID) -> list[ReturnDTO]:
    """The returns linked to an order, newest first, with their lines."""
    return _returns(Return.objects.of(scope).filter(order_id=order_id).order_by("-returned_at", "-id"))


def list_returns(
    scope: Scope, *, states: Sequence[str] = (), after: UUID | None = None, size: int = 50
) -> list[ReturnDTO]:
    """The newest returns that `scope` may see (past return `after`), with their lines."""
    rows = Return.objects.of(scope)
    newest = newest_after(rows.filter(state__in=states) if states else rows, after, moment="returned_at")
    return _returns(newest[: max(1, min(size, MAX_PAGE + 1))])


def orders_in_state(
    state: str,
    *,
    seller_id: UUID | None = None,
    limit: int = 250,
    after: UUID | None = None,
    lines: bool = True,
) -> list[OrderDTO]:
    """House work: up to `limit` orders in `state` by ascending id, past `after`; with their lines if wanted."""
    rows = Order.objects.house().filter(state=state)
    rows = rows.filter(seller_id=seller_id) if seller_id else rows
    rows = rows.filter(id__gt=after) if after else rows
    return _with_lines(rows.order_by("id")[:limit], lines=lines)


def waiting_for(product_ids: Sequence[UUID], *, limit: int = 250) -> list[OrderDTO]:
    """House work: the oldest orders that need a person and hold one of these products, with their lines."""
    held = OrderLine.objects.house().filter(product_id__in=product_ids, order_id=OuterRef("pk"))
    rows = Order.objects.house().filter(Exists(held), state=OrderState.NEEDS_MANUAL)
    return _with_lines(rows.order_by("id")[:limit])


def orders_by_ids(order_ids: Sequence[UUID]) -> list[OrderDTO]:
    """House work: these orders with their lines, in the order asked for; OrderNotFound names a missing one."""
    found = {o.id: o for o in _with_lines(Order.objects.house().filter(id__in=order_ids))}
    if absent := [key for key in order_ids if key not in found]:
        raise OrderNotFound(field="order", value=absent[0])
    return [found[key] for key in order_ids]


def numbers_of(order_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The numbers of these orders by id, for house work; unknown ids are left out."""
    return dict(Order.objects.house().filter(id__in=order_ids).values_list("id", "number"))


def cancelled_among(order_ids: Sequence[UUID]) -> set[UUID]:
    """House work: which of these orders are cancelled."""
    rows = Order.objects.house().filter(id__in=order_ids, state=OrderState.CANCELLED)
    return set(rows.values_list("id", flat=True))


def returns_in_state(
    state: str, *, seller_id: UUID | None = None, limit: int = 250, after: UUID | None = None
) -> list[ReturnDTO]:
    """House work: up to `limit` returns in `state` by ascending id, past `after`, with their lines."""
    rows = Return.objects.house().filter(state=state)
    rows = rows.filter(seller_id=seller_id) if seller_id else rows
    rows = rows.filter(id__gt=after) if after else rows
    return _returns(rows.order_by("id")[:limit])


def count_by_state(*, seller_id: UUID | None = None, scope: Scope | None = None) -> dict[str, int]:
    """How many orders stand in each state: of a scope for a page, of a seller or of all for the house."""
    rows = Order.objects.of(scope) if scope else Order.objects.house()
    rows = rows.filter(seller_id=seller_id) if seller_id else rows
    counted = rows.order_by().values_list("state").annotate(n=Count("id"))
    return {**dict.fromkeys(OrderState.values, 0), **dict(counted)}


def destinations_of(scope: Scope) -> list[tuple[str, int, int]]:
    """Destination, number of orders and units for each country that `scope`'s orders go to, most first."""
    rows = Order.objects.of(scope).order_by().values_list("destination")
    counted = rows.annotate(n=Count("id"), units=Sum("units")).order_by("-n", "destination")
    return [(country, orders, int(units)) for country, orders, units in counted]


def saved_views(scope: Scope) -> list[ViewDTO]:
    """The saved views of the person and of the organisation, by name."""
    own = Q(user_id__isnull=True) | Q(user_id=scope.user_id)
    rows = (
        SavedView.objects.of(scope).filter(own, organisation_id=scope.organisation_id).order_by("name", "id")
    )
    return [ViewDTO(v.pk, v.name, v.query, v.user_id is None) for v in rows]


def list_batches(scope: Scope, *, size: int = 50) -> list[BatchDTO]:
    """The newest imports that `scope` may see."""
    rows = ImportBatch.objects.of(scope).select_related("seller").order_by("-started_at", "-id")
    return [_batch(row) for row in rows[: max(1, min(size, MAX_PAGE))]]


def batch_detail(scope: Scope, batch_id: UUID, *, size: int = 100) -> tuple[BatchDTO, list[RejectDTO]]:
    """An import with its first refused rows, if `scope` may see it, else OrderNotFound."""
    row = ImportBatch.objects.of(scope).select_related("seller").filter(pk=batch_id).first()
    if row is None:
        raise OrderNotFound(field="batch", value=batch_id)
    refused = ImportReject.objects.of(scope).filter(batch_id=batch_id).order_by("row")[:size]
    return _batch(row), [RejectDTO(r.row, r.order_ref, r.cells, r.errors) for r in refused]


def _filtered(rows: QuerySet[Order], chosen: OrderFilter) -> QuerySet[Order]:
    if chosen.states:
        rows = rows.filter(state__in=chosen.states)
    if chosen.destination:
        rows = rows.filter(destination=chosen.destination.upper())
    if chosen.since:
        rows = rows.filter(ordered_at__gte=_midnight(chosen.since))
    if chosen.until:
        rows = rows.filter(ordered_at__lt=_midnight(chosen.until + timedelta(days=1)))
    for word in chosen.search.replace("\x00", "").split()[:5]:
        named = Q(number__istartswith=word) | Q(source_ref__istartswith=word) | Q(buyer__name__icontains=word)
        rows = rows.filter(named)
    return rows


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def _after(rows: QuerySet[Order], sort: tuple[str, str], cursor: str) -> QuerySet[Order]:
    """The rows past `cursor`: a keyset, so that page 1,000 costs what page 1 costs."""
    if not cursor:
        return rows
    column, way = sort[0].lstrip("-"), "lt" if sort[0].startswith("-") else "gt"
    try:
        value, key = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if column.endswith("_at"):
            value = datetime.fromisoformat(value)
        key = UUID(key)
    except (ValueError, TypeError, AttributeError) as exc:
        raise BadFilter(field="cursor", value=cursor) from exc
    same = Q(**{column: value, f"id__{way}": key})
    return rows.filter(Q(**{f"{column}__{way}": value}) | same)


def _cursor_of(row: Order, column: str) -> str:
    value = getattr(row, column)
    plain = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([plain, str(row.pk)]).encode()).decode()


def _with_lines(rows: QuerySet[Order], *, lines: bool = True) -> list[OrderDTO]:
    orders = list(rows.values(*_ORDER_FIELDS))
    of_order: dict[UUID, list[OrderLineDTO]] = {row["id"]: [] for row in orders}
    if lines:
        found = OrderLine.objects.house().filter(order_id__in=of_order).order_by("order_id", "line_no")
        for key, *values in found.values_list("order_id", *_LINE_FIELDS):
            of_order[key].append(OrderLineDTO(*values))
    return [_order(row, of_order[row["id"]]) for row in orders]


def _order(row: Mapping[str, Any], lines: Sequence[OrderLineDTO], **names: Any) -> OrderDTO:
    return OrderDTO(
        **row,
        lines=tuple(x for x in lines if x.kind in _TRAVELS),
        charges=tuple(x for x in lines if x.kind not in _TRAVELS),
        **names,
    )


def _named(row: Order, lines: Sequence[OrderLineDTO]) -> OrderDTO:
    """An order with the names of its parties, for a page."""
    plain = {name: getattr(row, name) for name in _ORDER_FIELDS}
    return _order(plain, lines, buyer_name=row.buyer.name, seller_name=row.seller.name)


def _returns(rows: QuerySet[Return]) -> list[ReturnDTO]:
    notes = list(rows.select_related("buyer"))
    lines: dict[UUID, list[ReturnLineDTO]] = {note.pk: [] for note in notes}
    for x in (
        ReturnLine.objects.house().filter(return_note_id__in=lines).order_by("return_note_id", "line_no")
    ):
        lines[x.return_note_id].append(
            ReturnLineDTO(
                x.id,
                x.line_no,
                x.kind,
                x.order_line_id,
                x.product_id,
                x.sku,
                x.title,
                x.quantity,
                x.unit_minor,
            )
        )
    return [_return(note, lines[note.pk]) for note in notes]


def _return(note: Any, lines: Sequence[ReturnLineDTO]) -> ReturnDTO:
    own = [f.name for f in fields(ReturnDTO) if f.name not in ("lines", "buyer_name")]
    return ReturnDTO(
        **{name: getattr(note, name) for name in own}, lines=tuple(lines), buyer_name=note.buyer.name
    )


def _batch(row: Any) -> BatchDTO:
    own = [f.name for f in fields(BatchDTO) if f.name != "seller_name"]
    return BatchDTO(**{name: getattr(row, name) for name in own}, seller_name=row.seller.name)
