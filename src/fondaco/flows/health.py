"""The health of the house: what of every system wants a person now, on one screen. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from fondaco.kernel import outbox
from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window import public as window
from fondaco.systems.finance import public as finance
from fondaco.systems.logistics import public as logistics
from fondaco.systems.risk import public as risk

_MOST = 50  # from there on "50 or more" tells as much
_RATE_DAYS = 4  # a bank holiday and a weekend


@dataclass(frozen=True, slots=True)
class Health:
    """One system: how many things want a person (0: well; None: it has told nothing yet), and when it last spoke."""

    system: str
    waiting: int | None
    at: datetime | date | None = None

    @property
    def is_well(self) -> bool:
        return self.waiting == 0


def house_health(scope: Scope, *, now: datetime) -> tuple[Health, ...]:
    """Every system of the house as the operator sees it: a constant number of queries."""
    check = finance.last_check()
    lists = risk.lists_in_force()
    rates = finance.rates_for([("GBP", "EUR")], now.date())
    rated_on = next((one.on for one in rates.values()), None)
    return (
        Health("ledger", len(check.findings) if check else None, check.at if check else None),
        Health("reconciliation", finance.count_breaks()),
        Health("settlement", finance.count_stuck(scope)),
        Health("rates", _stale(rated_on, now), rated_on),
        Health("customs", len(window.parked_receipts(scope, size=_MOST))),
        Health("screening", risk.count_cases(scope)),
        Health("lists", 0 if lists else None, min((one.loaded_at for one in lists), default=None)),
        Health("shipments", sum(logistics.list_troubles(scope).counts.values())),
        Health("events", len(outbox.dead_letters(limit=_MOST))),
    )


def _stale(rated_on: date | None, now: datetime) -> int | None:
    """1 where the newest rates are older than a long weekend, None where there are none."""
    return None if rated_on is None else int((now.date() - rated_on).days > _RATE_DAYS)
