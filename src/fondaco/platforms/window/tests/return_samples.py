"""Made-up returns for the tests: a seller in Bristol, buyers in Berlin, Lyon, Boston and Shanghai."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import ReturnAsk, ReturnAskLine

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SELLER = Scope(organisation_id=uuid4(), kind=Kind.SELLER, role=Role.OWNER, actor="bea")
OFFICER = Scope(organisation_id=uuid4(), kind=Kind.CUSTOMS, role=Role.CLERK, actor="jonas")


def line(quantity: int, *, sold: int = 10, key: UUID | None = None, no: int = 1) -> ReturnAskLine:
    return ReturnAskLine(
        order_line_id=key or uuid4(), line_no=no, sku=f"SKU-{no}", title="TEA TOWEL", sold=sold, quantity=quantity,
        price_minor=1_000 * sold, duty_minor=37 * sold, tax_minor=199 * sold, hs_code="630260", origin="GB",
    )  # fmt: skip


def ask(*lines: ReturnAskLine, into: str = "DE", reason: str = "defective", **more: object) -> ReturnAsk:
    days = {"released": date(2026, 11, 2), "exported": date(2026, 11, 1), "delivered": date(2026, 11, 5)}
    told: dict[str, object] = {
        "order_id": uuid4(), "order_number": "FO-1", "seller_id": SELLER.organisation_id, "buyer_id": uuid4(),
        "sold_into": into, "sent_from": "GB", "currency": "GBP", "reason": reason, "lines": lines, "days": days,
        "regimes": {"sold_into": "H1"}, "authorities": {"DE": OFFICER.organisation_id},
    }  # fmt: skip
    return ReturnAsk(**{**told, **more})  # type: ignore[arg-type]


def opened(*lines: ReturnAskLine, **more: object) -> UUID:
    return window.open_returns([ask(*lines, **more)], now=NOW, actor="t", authorised=True)[0]  # type: ignore[arg-type]


def arrived(case_id: UUID, got: int | None = None) -> window.ReturnSheet:
    sheet = window.return_sheet(SELLER, case_id, now=NOW)
    counted = {one.id: one.quantity if got is None else got for one in sheet.lines}
    window.receive_return(SELLER, case_id, counted, now=NOW)
    return window.return_sheet(SELLER, case_id, now=NOW)


def graded(case_id: UUID, grade: str = "A") -> window.ReturnSheet:
    sheet = arrived(case_id)
    window.grade_return(
        SELLER, case_id, [window.Found(x.id, grade, x.received) for x in sheet.lines], now=NOW
    )
    return window.return_sheet(SELLER, case_id, now=NOW)


def routed(case_id: UUID, route: str, grade: str = "A") -> window.ReturnSheet:
    sheet = graded(case_id, grade)
    chosen = {v.id: window.Overruled(route, "to try") for x in sheet.lines for v in x.verdicts}
    window.decide_routes(SELLER, case_id, stores_in=frozenset({"DE"}), overruled=chosen, now=NOW)
    return window.return_sheet(SELLER, case_id, now=NOW)
