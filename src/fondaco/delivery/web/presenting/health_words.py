"""The health of the house in words: each system, what wants a person, and where to go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from fondaco.delivery.web.templatetags.fondaco import number
from fondaco.flows.health import Health

_SYSTEMS: dict[str, tuple[str | Promise, str]] = {
    "ledger": (_l("Ledger: nightly check of the books"), "trial_balance"),
    "reconciliation": (_l("Reconciliation: lines that nothing explains"), "reconciliation"),
    "settlement": (_l("Settlement: free money that could not be shared out"), "payments"),
    "rates": (_l("Exchange rates"), "exposure"),
    "customs": (_l("Customs gateway: stray receipts"), "strays"),
    "screening": (_l("Screening: open cases"), "cases"),
    "lists": (_l("Lists in force"), "lists"),
    "shipments": (_l("Carriers: shipments at risk"), "troubles"),
    "events": (_l("Events that no consumer could take"), "audit"),
}

_ASKED = {"settlement": "?stuck=yes"}


@dataclass(frozen=True, slots=True)
class HealthLine:
    """One system as a row: its look is one of the four meanings, with a word."""

    title: str | Promise
    tone: str
    icon: str
    word: str
    at: datetime | date | None = None
    href: str = ""


def health_lines(found: Iterable[Health], *, worker: bool) -> list[HealthLine]:
    """Every system as a row, the background worker last."""
    lines = [_line(one) for one in found]
    tone, icon, word = (
        ("good", "circle-check", _("at work")) if worker else ("stop", "circle-x", _("not running"))
    )
    return [*lines, HealthLine(_("Background worker"), tone, icon, word)]


def _line(one: Health) -> HealthLine:
    title, page = _SYSTEMS[one.system]
    href = reverse(page)
    if one.waiting is None:
        return HealthLine(title, "info", "info", _("nothing told yet"), one.at, href)
    if one.is_well:
        return HealthLine(title, "good", "circle-check", _("well"), one.at, href)
    tone, icon = ("stop", "circle-x") if one.system in ("ledger", "events") else ("wait", "triangle-alert")
    word = _("too old") if one.system == "rates" else _("%(n)s to see to") % {"n": number(one.waiting)}
    return HealthLine(title, tone, icon, word, one.at, href + _ASKED.get(one.system, ""))
