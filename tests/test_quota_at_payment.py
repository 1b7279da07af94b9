"""A yearly quota that runs out between the quote and the payment: the order waits, and no money is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from fondaco.flows.stages.pay import _within_quota
from fondaco.flows.work import Outcome
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import LandedLine, LandedRequest

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BUYER = uuid4()


@dataclass
class Ordered:
    """What the payment looks at of an order."""

    id: UUID = field(default_factory=uuid4)
    facts: dict[str, Any] = field(default_factory=lambda: {"scheme": "CBEC"})


@dataclass
class Working:
    now: datetime = NOW
    actor: str = "t"


def quoted(yuan: int, order: Ordered) -> None:
    """A priced and kept landed cost of the order under China's cross-border retail import."""
    value = Money.of(yuan, "CNY")
    line = LandedLine("1", "T", "Toy", "950300", "GB", 1, value, 900)
    asked = LandedRequest(
        str(order.id), date(2026, 11, 22), "GB", "CN", "DDP", (line,), Money.zero("CNY"), Money.zero("CNY"), True,
        frozenset({"CBEC"}),
    )  # fmt: skip
    (quote,) = window.quote_landed_costs([asked], rates=lambda _a, _b, _c: Decimal(1))
    assert (quote.status, quote.scheme) == ("priced", "CBEC")
    window.save_landed_quotes([(order.id, uuid4(), BUYER, quote)], NOW)


def test_the_order_that_finds_no_room_waits_and_the_others_are_paid() -> None:
    window.ensure_regimes(now=NOW)
    orders: list[Any] = [Ordered() for _ in range(6)] + [Ordered(facts={})]
    work: Any = Working()
    for order in orders[:6]:
        quoted(5_000, order)
    outcome = Outcome()
    payable = _within_quota(orders, work, outcome)
    assert payable == [*orders[:5], orders[6]]
    assert outcome.moves == {"refer": [orders[5].id]}
    assert outcome.stamps[orders[5].id]["why"]["code"] == "quota-used-up"
    (account,) = window.quota_accounts(Scope(BUYER, Kind.BUYER), now=NOW)
    assert (account.used, account.left) == (Money.of(25_000, "CNY"), Money.of(1_000, "CNY"))
    again = _within_quota(orders[:5], work, Outcome())
    assert again == orders[:5]
    assert window.free_quota([orders[0].id], now=NOW, actor="t") == 1
    assert _within_quota([orders[5]], work, Outcome()) == [orders[5]]
