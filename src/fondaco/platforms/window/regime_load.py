"""Loading regimes: from the project's dated files into the table, and from the table into memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from fondaco.kernel import clock
from fondaco.platforms.window.domain.regime import Regime as RegimeFacts
from fondaco.platforms.window.domain.regime import RegimeBook, regime_of
from fondaco.platforms.window.models import Regime
from fondaco.platforms.window.regime_read import read_regimes

FOLDER: Path = settings.ROOT / "data" / "window" / "regimes"


@dataclass(frozen=True, slots=True)
class RegimesLoaded:
    """What `ensure_regimes` did: regimes held, and how many of them are new, changed or gone."""

    held: int
    added: int
    changed: int
    removed: int


def ensure_regimes(folder: Path = FOLDER, *, now: datetime | None = None) -> RegimesLoaded:
    """Make the table hold exactly the regimes of `folder`; does nothing where it already does."""
    wanted = {(r.destination, r.since): r for r in read_regimes(folder)}
    at = now or clock.now()
    with transaction.atomic():
        held = {(row.destination, row.validity.lower): row for row in Regime.objects.all()}
        same = {key for key, row in held.items() if key in wanted and row.sha256 == wanted[key].sha256}
        stale = [row.pk for key, row in held.items() if key not in same]
        if stale:
            Regime.objects.filter(pk__in=stale).delete()
        Regime.objects.bulk_create([_row(facts, at) for key, facts in wanted.items() if key not in same])
    removed = sum(key not in wanted for key in held)
    changed = len(stale) - removed
    return RegimesLoaded(len(wanted), len(wanted) - len(same) - changed, changed, removed)


def _row(facts: RegimeFacts, at: datetime) -> Regime:
    return Regime(
        destination=facts.destination,
        name=facts.name,
        currency=facts.currency,
        rule_id=facts.rule_id,
        validity=DateRange(facts.since, facts.until),
        body=facts.body,
        source=facts.source,
        confidence=facts.confidence,
        sha256=facts.sha256,
        loaded_at=at,
    )


def regime_book() -> RegimeBook:
    """The regimes of the table, in memory."""
    return RegimeBook.of(regime_of(body) for body in Regime.objects.values_list("body", flat=True))
