"""Words and explanations of the exposure page."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.delivery.web.explain import Explanation, Step
from fondaco.flows.exchange import ExchangeDesk
from fondaco.kernel.money import Money
from fondaco.systems.finance.public.exchange import (
    Board,
    CoverView,
    FileCheck,
    RatesTaken,
    RiskView,
    bucket_of,
)

BUCKET_WORDS: tuple[str | Promise, ...] = (
    gettext_lazy("to 30 days"),
    gettext_lazy("31 to 60 days"),
    gettext_lazy("later"),
)
SOURCES: dict[str, str | Promise] = {
    "balance": gettext_lazy("Balance"),
    "escrow": gettext_lazy("In escrow"),
    "commitment": gettext_lazy("Commitment"),
    "position": gettext_lazy("Position of the house"),
}

_BOOKED = {"balance", "escrow", "position"}
FORWARD_WORDS = {"due": gettext_lazy("Being delivered"), "settled": gettext_lazy("Delivered")}
QUOTE_WORDS = {"taken": gettext_lazy("Converted"), "lapsed": gettext_lazy("Time is over")}
FAILURES = {
    "insufficient-funds": gettext_lazy("The balance is too small to deliver; it is tried again."),
    "other-sum": gettext_lazy("The provider delivered another sum; the money was put back."),
    "no_such_forward": gettext_lazy("The provider knows no such forward; the money was put back."),
    "currency_not_offered": gettext_lazy("The provider does not offer this currency."),
    "key_reused": gettext_lazy("The provider has seen this key with another order."),
}


def bucket_rows(board: Board) -> list[dict[str, Any]]:
    """The board's rows as money, with the open amount in the base currency."""
    rows = []
    for row in board.rows:
        dated = board.rates.get(row.currency)
        parts = {
            name: Money(getattr(row, name), row.currency)
            for name in ("incoming", "outgoing", "net", "hedged", "open")
        }
        value = parts["open"].converted(dated.rate, board.base) if dated else None
        rows.append({"key": row, "bucket": BUCKET_WORDS[row.bucket], "rate": dated, "value": value, **parts})
    return rows


def in_base(amount: float, base: str) -> Money:
    """A measured loss as money, rounded to the minor unit."""
    return Money.of(f"{amount:.4f}", base)


def why_cover(cover: CoverView) -> Explanation:
    """From the net exposure to the forward."""
    why = cover.why
    steps = (
        Step(_("Net after natural netting"), cover.net, str(BUCKET_WORDS[cover.bucket])),
        Step(_("Covered by forwards already"), cover.covered),
        Step(_("Layer of the policy"), f"{cover.share_pct} %"),
        Step(_("To be covered"), cover.amount, _("net × layer − covered")),
        Step(_("Spot"), cover.spot.normalize(), why["spot_on"], source=why["provider"]),
        Step(
            _("Interest, %(c)s") % {"c": cover.currency}, why["base_rate"],
            _("over %(n)s days of %(y)s") % {"n": why["days"], "y": why["base_days"]},
            source=f"{why['base_source']}, {why['base_on']}",
        ),
        Step(
            _("Interest, %(c)s") % {"c": cover.base}, why["quote_rate"],
            _("over %(n)s days of %(y)s") % {"n": why["days"], "y": why["quote_days"]},
            source=f"{why['quote_source']}, {why['quote_on']}",
        ),
        Step(
            _("Forward by covered parity"), cover.forward.normalize(), "S (1 + r t/b) / (1 + r* t/b*)",
            source=_("Policy rates stand for the money market; a provider's price is what counts."),
        ),
    )  # fmt: skip
    return Explanation(_("Cover of %(c)s") % {"c": cover.currency}, cover.amount, "", steps)


def why_exposure(board: Board, currency: str, bucket: int) -> Explanation | None:
    """From each flow of a currency and bucket to what is open; None where there is no such row."""
    row = next(
        (one for one in bucket_rows(board) if (one["key"].currency, one["key"].bucket) == (currency, bucket)),
        None,
    )
    if row is None:
        return None
    steps = [
        Step(
            SOURCES.get(flow.source, flow.source), Money(flow.minor, flow.currency),
            " · ".join(filter(None, (flow.label, flow.due_on.isoformat()))),
            source=_("the ledger") if flow.source in _BOOKED else "",
        )
        for flow in board.flows
        if flow.currency == currency and bucket_of(flow.due_on, on=board.on) == bucket
    ]  # fmt: skip
    steps += [
        Step(_("Net after natural netting"), row["net"], _("comes in − goes out")),
        Step(_("Covered by forwards already"), row["hedged"]),
        Step(_("Open"), row["open"], _("net − covered")),
    ]
    if row["value"] is not None:
        steps.append(
            Step(_("Open in %(c)s") % {"c": board.base}, row["value"], source=_rate_text(board, currency))
        )
    title = _("Exposure in %(c)s, %(b)s") % {"c": currency, "b": row["bucket"]}
    return Explanation(title, row["open"], "", tuple(steps))


def why_risk(desk: ExchangeDesk, *, month: bool = False) -> Explanation | None:
    """From the open book to the loss of a day or of a month, with the back-test of the day's."""
    risk = desk.month if month else desk.day
    if risk is None:
        return None
    steps = [
        Step(
            _("Open in %(c)s") % {"c": currency},
            in_base(value, risk.base),
            source=_rate_text(desk.board, currency),
        )
        for currency, value in sorted(desk.book.items())
    ]
    steps += [_measured(risk), Step(_("Mean loss beyond it"), in_base(risk.shortfall, risk.base))]
    if not month and (tested := desk.tested):
        steps.append(
            Step(
                _("Back-test since %(d)s") % {"d": tested.since.isoformat()},
                f"{100 * tested.share:.2f} %",
                _("%(x)s of %(n)s days lost more; Kupiec %(k).2f, rejected from 3.84")
                % {"x": tested.exceeded, "n": tested.days, "k": tested.kupiec},
                source="Kupiec, Journal of Derivatives 3, 1995",
            )
        )
    title = _("Loss in one month, one time in twenty") if month else _("Loss on one day in twenty")
    return Explanation(title, in_base(risk.var, risk.base), "", tuple(steps))


def _measured(risk: RiskView) -> Step:
    said = _("%(n)s past days from %(a)s to %(b)s, each move applied to the book of today") % {
        "n": risk.observations, "a": risk.first_on.isoformat(), "b": risk.last_on.isoformat(),
    }  # fmt: skip
    return Step(
        _("95th percentile of losses"), in_base(risk.var, risk.base), said, source=_("historical simulation")
    )


def _rate_text(board: Board, currency: str) -> str:
    dated = board.rates[currency]
    return f"{dated.provider} {dated.on.isoformat()}: {dated.rate.normalize()}"


def file_words(held: FileCheck) -> str:
    """What a checked settlement file holds, in one line."""
    sums = "; ".join(f"{sold} → {bought}" for sold, bought in held.totals)
    return _("%(deals)s conversions: %(sums)s") % {"deals": held.deals, "sums": sums or "–"}


def taken_words(taken: RatesTaken) -> str:
    """What a file of rates brought, in one line."""
    facts = {"added": taken.added, "since": taken.first_on.isoformat(), "until": taken.last_on.isoformat(),
             "apart": len(taken.alarms)}  # fmt: skip
    return (
        _("%(added)s new rates from %(since)s to %(until)s; %(apart)s too far from the first provider's.")
        % facts
    )
