"""The words of supervision modes: what a condition asks, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fondaco.platforms.window.public import Candidate, LogEntry

CONDITIONS: Mapping[str, str | Promise] = {
    "b2c": _("Sold to a person"),
    "platform": _("Sold on a platform"),
    "postal": _("Goes by post"),
    "licence": _("Needs a licence or is restricted"),
    "excise": _("Alcohol, tobacco or perfume"),
    "export_duty": _("Export duty is due"),
    "rebate": _("VAT refund is wanted"),
    "preference": _("A preference is claimed"),
    "eori": _("The seller has an EORI"),
    "gift": _("A gift between persons"),
    "scheme": _("Registered for"),
    "stock": _("Where the goods are"),
    "incoterm": _("Delivery terms"),
    "origins": _("Origin"),
    "value": _("Price of the goods, at most"),
    "mass": _("Mass, at most"),
}
STOCKS: Sequence[tuple[str, str | Promise]] = (
    ("direct", _("With the seller, sent directly")),
    ("bonded", _("In a bonded zone")),
    ("bonded-a", _("In a bonded zone outside the pilot cities")),
    ("overseas", _("Going to a warehouse abroad")),
    ("market", _("Bought in a registered market")),
)
_YES_NO: Mapping[str, str | Promise] = {"yes": _("yes"), "no": _("no"), "": _("not known")}


def conditions(candidate: Candidate) -> list[dict[str, Any]]:
    """The conditions of a candidate, those against it first."""
    return reasons_told(
        {"what": one.what, "asked": one.asked, "told": one.told, "held": one.held}
        for one in sorted(candidate.reasons, key=lambda one: bool(one.held))
    )


def reasons_told(reasons: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Recorded reasons in words."""
    return [
        {
            "name": CONDITIONS.get(one["what"], one["what"]),
            "asked": _YES_NO.get(one["asked"], one["asked"]),
            "told": _YES_NO.get(one["told"], one["told"]),
            "held": one["held"],
        }
        for one in reasons
    ]


def recorded_mode(log: Iterable[LogEntry]) -> dict[str, Any] | None:
    """The mode that a declaration was drawn up in, with its reasons in words; None where none was recorded."""
    for entry in log:
        mode = entry.raw.get("mode") if entry.code == "drafted" else None
        if isinstance(mode, dict):
            refused = {code: reasons_told(reasons) for code, reasons in mode.get("refused", {}).items()}
            return {"code": mode["mode"], "why": reasons_told(mode.get("why", [])), "refused": refused}
    return None
