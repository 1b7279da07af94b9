"""Stock in words: kinds of store and movement, why a proposal is what it is, and the picture of a forecast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from fondaco.delivery.web.explain import Explanation, Step
from fondaco.kernel.money import Money
from fondaco.systems.logistics.public import ProposalView, SplitView

STORE_KINDS: dict[str, str | Promise] = {
    "own": _l("Own warehouse"),
    "park": _l("Park warehouse"),
    "bonded": _l("Bonded store"),
    "overseas": _l("Overseas warehouse"),
}
MOVEMENTS: dict[str, str | Promise] = {
    "receive": _l("Received"),
    "issue": _l("Shipped"),
    "move": _l("Moved"),
    "count": _l("Counted"),
    "clear": _l("Cleared from bond"),
    "restock": _l("Returned to stock"),
    "quarantine": _l("Put in quarantine"),
    "destroy": _l("Destroyed"),
}
CUSTOMS: dict[str, str | Promise] = {
    "free": _l("Free circulation"),
    "inward": _l("Bonded"),
    "cleared": _l("Cleared from bond"),
}
SHOWS = (
    ("", _l("All")),
    ("out", _l("Nothing free")),
    ("reserved", _l("Reserved")),
    ("on_order", _l("On order")),
    ("quarantine", _l("In quarantine")),
)
POLICIES: dict[str, str | Promise] = {
    "s,S": _l("Order up to a level (s, S)"),
    "r,Q": _l("Order a lot (r, Q)"),
    "newsvendor": _l("Once, before they expire (newsvendor)"),
}
VERDICTS: dict[str, tuple[str, str, str | Promise]] = {
    "packed": ("good", "circle-check", _l("In the parcel")),
    "undone": ("info", "undo-2", _l("Taken out again")),
    "wrong-item": ("stop", "circle-x", _l("Wrong article: not in this order")),
    "too-many": ("stop", "circle-x", _l("Too many: all of these are in already")),
}


_FATES: dict[str, str | Promise] = {
    "chosen": _l("Sends goods of this order"),
    "unused": _l("The other stores of its country are cheaper"),
    "dearer": _l("Dearer with duty and tax than from the country chosen"),
    "short": _l("Has too few pieces, alone and with its neighbours"),
    "domestic": _l("Lies in the buyer's customs territory: a domestic sale, not this order's"),
    "no-terms": _l("What the border asks from there is not known"),
    "no-service": _l("No tracked service goes from there"),
}


@dataclass(frozen=True, slots=True)
class StoreLine:
    """A store that an order could have left from. `whole` None: it cannot send everything by itself."""

    name: str
    kind: str | Promise
    country: str
    chosen: bool
    text: str | Promise
    whole: Money | None


def store_lines(split: SplitView | None) -> list[StoreLine]:
    """The stores that were weighed for an order, those that send it first; empty where none had its goods."""
    rows = split.plan.get("stores", []) if split else []
    lines = [
        StoreLine(
            row["name"], STORE_KINDS.get(row["kind"], row["kind"]), row["country"], row["why"] == "chosen",
            _FATES[row["why"]],
            Money(row["whole_minor"], split.cost.currency) if split and row["whole_minor"] is not None else None,
        )
        for row in rows
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (not line.chosen, line.country, line.name))


def why_proposed(p: ProposalView) -> Explanation:
    """The steps from the history to the pieces proposed."""
    why = p.why
    forecast, lead, costs, policy, position = (
        why[part] for part in ("forecast", "lead", "costs", "policy", "position")
    )
    available = position["on_hand"] - position["reserved"] + position["on_order"]
    steps = (
        Step(
            _("Demand forecast per week"), f"{forecast['mean']:.2f}", _variance(forecast),
            source=f"statsforecast, {forecast['method']}",
        ),
        Step(_("What each method would have cost per order cycle"), forecast["method"], _contest(forecast["costs"])),
        Step(
            _("Lead time"), _("%(n)s days") % {"n": lead["mean_days"]}, _spread(lead),
            source=lead["source"],
        ),
        Step(
            _("Costs per piece and week, and per order"), None,
            _("holding %(h).4f, shortage %(p).3f, order %(k).2f")
            % {"h": costs["holding"], "p": costs["shortage"], "k": costs["order"]},
        ),
        Step(
            POLICIES.get(policy["name"], policy["name"]), levels(policy),
            _("expected cost per week %(c).2f") % {"c": policy["cost"]}, source=_SOURCES[policy["name"]],
        ),
        Step(
            _("Position"), available,
            _("on hand %(a)s − reserved %(b)s + on order %(c)s")
            % {"a": position["on_hand"], "b": position["reserved"], "c": position["on_order"]},
        ),
        Step(_("Pieces proposed"), p.proposed, _rule(policy)),
    )  # fmt: skip
    return Explanation(_("Pieces to order"), p.proposed, "", steps)


_SOURCES = {
    "s,S": "Zheng, Federgruen: Operations Research 39(4), 1991",
    "r,Q": "Federgruen, Zheng: Operations Research 40(4), 1992",
    "newsvendor": "Arrow, Harris, Marschak: Econometrica 19(3), 1951",
}


def levels(policy: Mapping[str, Any]) -> str:
    """A policy's two numbers by their letters."""
    first, second = {"s,S": ("s", "S"), "r,Q": ("r", "Q")}.get(policy["name"], ("", "y"))
    return f"{first} {policy['low']}, {second} {policy['high']}" if first else f"{second} {policy['high']}"


def _rule(policy: Mapping[str, Any]) -> str:
    return {
        "s,S": _("where the position is at s or below: up to S"),
        "r,Q": _("where the position is at r or below: lots of Q"),
    }.get(policy["name"], _("up to y"))


def _variance(forecast: Mapping[str, Any]) -> str:
    return _("variance %(v).1f, a sale every %(i)s weeks") % {
        "v": forecast["variance"],
        "i": forecast["interval"],
    }


def _spread(lead: Mapping[str, Any]) -> str:
    """How far a lead time varies, and over how many departures where the router told it."""
    if lead.get("basis") != "routes":
        return f"± {lead['sd_days']}"
    return _("± %(sd)s, by the router over %(n)s departures with each ride's lateness") % {
        "sd": lead["sd_days"], "n": lead["sample"],
    }  # fmt: skip


def _contest(costs: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {cost:.2f}" for name, cost in sorted(costs.items(), key=lambda pair: pair[1]))


_WIDE, _HIGH, _FOOT = 560, 150, 18


def forecast_plot(p: ProposalView) -> SafeString:
    """Weeks of demand as bars, and the forecast as a line that goes on past today; an SVG without scripts."""
    history: Sequence[int] = p.why["history"]
    mean = float(p.why["forecast"]["mean"])
    ahead = 8
    top = max([*history, mean, 1.0])
    step = _WIDE / (len(history) + ahead)
    room = _HIGH - _FOOT

    def up(value: float) -> float:
        return round(room - (room - 14) * value / top, 1)

    bars = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}" fill="var(--map-2)"/>',
        (
            (round(n * step + 1, 1), up(count), round(max(step - 2, 1), 1), round(room - up(count), 1))
            for n, count in enumerate(history)
            if count
        ),
    )
    today = round(len(history) * step, 1)
    label = _("Pieces sold per week, and the forecast of %(n)s a week") % {"n": f"{mean:.1f}"}
    return format_html(
        '<svg class="plot" viewBox="0 0 {w} {h}" role="img" aria-label="{label}">{bars}'
        '<line x1="0" y1="{room}" x2="{w}" y2="{room}" stroke="var(--line)"/>'
        '<line x1="{today}" y1="4" x2="{today}" y2="{room}" stroke="var(--ink-3)" stroke-dasharray="2 3"/>'
        '<line x1="{today}" y1="{y}" x2="{w}" y2="{y}" stroke="var(--accent)" stroke-width="2.5"/>'
        '<text x="{today}" y="{foot}" text-anchor="middle" font-size="11" fill="var(--ink-3)">{word}</text>'
        '<text x="0" y="10" font-size="11" fill="var(--ink-3)">{top}</text></svg>',
        w=_WIDE, h=_HIGH, label=label, bars=bars, room=room, today=today, y=up(mean), foot=_HIGH - 4,
        word=_("today"), top=int(max([*history, 0])),
    )  # fmt: skip
