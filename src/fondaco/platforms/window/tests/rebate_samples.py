"""Released exports, invoices and receipts that the tests and the bench of rebates start from; all made up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.models import Declaration, DeclarationEvent, DeclarationItem, MatchVerdict
from fondaco.platforms.window.public import rebates
from fondaco.platforms.window.public.rebates import InvoiceIn, TakenRate

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SELLER = UUID("00000000-0000-7000-8000-0000000000c1")
TAX = UUID("00000000-0000-7000-8000-0000000000c2")
TRADER = Scope(SELLER, Kind.SELLER, role=Role.OWNER, actor="exporter")
OFFICE = Scope(TAX, Kind.TAX, role=Role.OWNER, actor="tax office")
RATE = TakenRate(Decimal("7.1"), "made up 2026-10-01")
KNITTED = "61091000"
Goods = tuple[str, int, int]  # code, pieces, price in cents


def released_exports(
    names: Sequence[str],
    *,
    goods: Sequence[Goods] = ((KNITTED, 10, 20_000),),
    mode: str = "CN-9710",
    country: str = "CN",
    currency: str = "USD",
    left: bool = True,
    on: date = date(2026, 10, 1),
    seller: UUID = SELLER,
) -> list[UUID]:
    """Exports that customs released on `on` and, if they left, closed the day after; their ids."""
    at = datetime(on.year, on.month, on.day, 8, tzinfo=UTC)
    ids = [uuid5(seller, f"order {name}") for name in names]
    MatchVerdict.objects.house().bulk_create(
        MatchVerdict(order_id=key, seller_id=seller, reference=name, verdict="match", matched_at=at)
        for key, name in zip(ids, names, strict=True)
    )
    made = Declaration.objects.house().bulk_create(
        Declaration(
            order_id=key, seller_id=seller, buyer_id=TAX, authority_id=uuid5(seller, "customs"), kind="export",
            regime=mode.split("-")[1], country=country, dispatch=country, destination="US", reference=name,
            lrn=f"R{key.hex[:20]}", state="closed" if left else "released", declarant={}, exporter={}, importer={},
            transport={}, incoterm="FOB", packages=1, package_kind="CT", items_count=len(goods), gross_g=1_000,
            currency=currency, invoice_total_minor=sum(one[2] for one in goods), freight_minor=0,
            estimated_duty_minor=0, estimated_tax_minor=0, drafted_at=at, submitted_at=at, released_at=at,
        )
        for key, name in zip(ids, names, strict=True)
    )  # fmt: skip
    DeclarationItem.objects.bulk_create(
        DeclarationItem(
            declaration=row, number=number, hs_code=code, description="Cotton T-shirt", origin="CN",
            quantity=pieces, net_g=900, gross_g=1_000, value_minor=price,
        )
        for row in made
        for number, (code, pieces, price) in enumerate(goods, start=1)
    )  # fmt: skip
    told = [("drafted", "draft", at, {"mode": {"mode": mode}})]
    if left:
        told.append(("899", "closed", at.replace(day=at.day + 1), {}))
    DeclarationEvent.objects.bulk_create(
        DeclarationEvent(
            declaration=row, source="platform", code=code, issued_at=when, recorded_at=when, effect="applied",
            after=after, actor="t", raw=raw,
        )
        for row in made
        for code, after, when, raw in told
    )  # fmt: skip
    return [row.id for row in made]


def opened(
    declaration_id: UUID, *, way: str = "CN-trading", stated: Sequence[str] = ("general_taxpayer",)
) -> UUID:
    """A case on an export, in preparation."""
    return rebates.open_case(
        TRADER, declaration_id, way=way, stated=stated, fx=RATE, authority_id=TAX, now=NOW
    )


def invoice(number: str = "INV-1", *, quantity: int = 10, net: int = 100_000, scope: Scope = TRADER) -> UUID:
    """An invoice line in the pool; `net` in fen."""
    told = InvoiceIn(
        number, "Yiwu Knitwear (made up)", date(2026, 9, 1), "Cotton T-shirt", quantity, Money(net, "CNY"),
        Money(net * 13 // 100, "CNY"),
    )  # fmt: skip
    return rebates.add_invoice(scope, told, now=NOW)


def ready_case(name: str = "E-1", *, net: int = 100_000, way: str = "CN-trading") -> UUID:
    """A trading company's case that lacks nothing: ten pieces bought for `net` fen, sold for 200 dollars."""
    [export] = released_exports([name])
    case = opened(export, way=way)
    bill = invoice(f"INV-{name}", net=net)
    rebates.use_invoice(TRADER, case, item=1, invoice_id=bill, quantity=10, now=NOW)
    rebates.note_receipt(
        TRADER, case, amount=Money(20_000, "USD"), received_on=date(2026, 10, 20), reference="FX 1", now=NOW
    )
    return case
