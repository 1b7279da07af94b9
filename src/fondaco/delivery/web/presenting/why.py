"""The explanations of an order's figures, each from what the room kept with the figure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fondaco.delivery.web.explain import Explanation, Step
from fondaco.delivery.web.presenting.differences import differences
from fondaco.delivery.web.presenting.gases import footprint_of, gas_explanation
from fondaco.delivery.web.presenting.landed_words import figures_text, gap_words, step_word, version_words
from fondaco.delivery.web.presenting.money_words import (
    RISKS,
    account_word,
    journal_word,
    method_word,
    stage_word,
)
from fondaco.delivery.web.presenting.reasons import reason_of
from fondaco.delivery.web.presenting.timeline import hold_note
from fondaco.delivery.web.states import look_of
from fondaco.delivery.web.templatetags.fondaco import day_text
from fondaco.delivery.web.wording import REFUSALS, plain
from fondaco.flows.order_page import OrderSheet
from fondaco.kernel.money import Money
from fondaco.platforms.window.public import LandedQuote
from fondaco.systems.finance.public import PaymentDTO


def explain(sheet: OrderSheet, figure: str) -> Explanation | None:
    """Why `figure` of the order is what it is; None for a figure it does not have."""
    if figure.startswith("line-"):
        return _line(sheet, figure[5:])
    make = _FIGURES.get(figure)
    return make(sheet) if make else None


_FIGURE = re.compile(r"(-?\d+(?:\.\d+)?)(?: ([A-Z]{3}))?")


def landed_explanation(
    quote: LandedQuote, *, title: str, figure: Money | None, part: str = "", line_id: str = ""
) -> Explanation:
    """A landed cost's steps, of one part (duty, tax, fee) or of one line, else all of them."""
    local = next((step.result[-3:] for step in quote.trace if step.code == "value"), "")
    steps = tuple(
        Step(
            step_word(step.code, step.label),
            _amount(step.result, local),
            figures_text(step.inputs),
            step.source,
            step.rule_id,
        )
        for step in quote.trace
        if (not part or part in step.code) and (not line_id or str(step.line_id) in (line_id, ""))
    )
    missing = tuple(_gap(*gap_words(gap.code, gap.detail, gap.remedy)) for gap in quote.missing)
    summary = _("An estimate entered: confirm the facts it rests on.") if quote.estimated else ""
    return Explanation(title, figure, summary, steps, missing, version_words(quote.versions))


def _amount(result: str, local: str) -> Money | str:
    """A step's result as money, in the destination's currency where the step names none; as it is if no figure."""
    figure = _FIGURE.fullmatch(result)
    currency = (figure[2] or local) if figure else ""
    return Money.of(figure[1], currency) if figure and currency else result


def _gap(title: str, detail: str, remedy: str) -> Step:
    return Step(title, inputs=detail, rule=remedy)


def _goods(sheet: OrderSheet) -> Explanation:
    order = sheet.order
    steps = tuple(
        Step(line.title, Money(line.value_minor, order.currency),
             f"{line.quantity} × {Money(line.unit_minor, order.currency)}", source=line.sku)
        for line in order.lines
    )  # fmt: skip
    return Explanation(
        _("Value of the goods"), order.goods, _("The sum of the lines, as the order states them."), steps
    )


def _landed_part(
    name: str, part: str, pick: Callable[[LandedQuote], Money]
) -> Callable[[OrderSheet], Explanation | None]:
    def make(sheet: OrderSheet) -> Explanation | None:
        if sheet.landed is None:
            return None
        quote = sheet.landed.quote
        figure = pick(quote) if quote.charges else None
        return landed_explanation(quote, title=_(name), figure=figure, part=part)

    return make


def _line(sheet: OrderSheet, line_id: str) -> Explanation | None:
    found = sheet.landed_lines.get(line_id)
    if found is None or sheet.landed is None:
        return None
    line = next((one for one in sheet.order.lines if str(one.id) == line_id), None)
    figure = Money.sum((found.duty, found.tax, found.fees), found.duty.currency)
    title = line.title if line else found.hs_code
    return landed_explanation(sheet.landed.quote, title=title, figure=figure, line_id=line_id)


def _carriage(sheet: OrderSheet) -> Explanation | None:
    detail = sheet.consignment
    if detail is None:
        return None
    moved, offer = detail.consignment, detail.offer
    currency = moved.price.currency
    steps = [
        Step(plain(str(name)), Money(int(minor), currency))
        for name, minor in offer.get("breakdown", ())
        if minor
    ]
    others = [
        Step(
            str(other.get("name", "")),
            _offer_price(other),
            f"{other.get('transit_days_min')}–{other.get('transit_days_max')} {_('d')}",
        )
        for other in detail.alternatives
    ]
    refused = [
        Step(str(REFUSALS.get(code) or plain(code)), str(count))
        for code, count in detail.refused_summary.items()
    ]
    chosen = Step(moved.service_name, moved.price, _("the cheapest tracked service that takes the parcels"))
    return Explanation(
        _("Carriage"), moved.price,
        _("Every service of the price book was asked; these took the parcels, and so many refused, by reason."),
        (*steps, chosen, *others, *refused), versions=version_words({"price book": detail.book_version}),
    )  # fmt: skip


def _offer_price(offer: Mapping[str, Any]) -> Money | None:
    minor = offer.get("price_minor")
    return None if minor is None else Money(int(minor), str(offer.get("currency", "GBP")))


def _carbon(sheet: OrderSheet) -> Explanation | None:
    found = footprint_of(sheet.consignment)
    return gas_explanation(found) if found else None


def _screening(sheet: OrderSheet) -> Explanation | None:
    if not sheet.screenings:
        return None
    steps = []
    for one in sheet.screenings:
        steps.append(
            Step(one.name, str(look_of(one.outcome).word), f"{one.score:.2f}", source=one.list_version)
        )
        steps += [
            Step(
                str(match.get("name", "")),
                f"{float(match.get('score', 0)):.2f}",
                source=str(match.get("list", "")),
            )
            for match in one.matches
        ]
    return Explanation(
        _("Screening of the parties"), None,
        _("The names are compared, normalised, with every name on the lists in force."), tuple(steps),
    )  # fmt: skip


def _payment(sheet: OrderSheet) -> Explanation | None:
    payments = sheet.money.payments if sheet.money else ()
    if not payments or sheet.money is None:
        return None
    steps: list[Step] = []
    for one in payments:
        steps += _payment_steps(one)
    steps += [
        Step(_("Exchanged"), fx.bought, f"{fx.sold} × {fx.rate}", f"{fx.provider} {fx.rate_on.isoformat()}")
        for fx in sheet.money.conversions
    ]
    return Explanation(
        _("What the buyer paid"), payments[0].amount,
        _("Shown and taken in the buyer's own currency at a dated rate, kept in escrow in the order's."),
        tuple(steps),
    )  # fmt: skip


def _payment_steps(one: PaymentDTO) -> list[Step]:
    return [
        Step(_("Landed total"), one.escrow),
        Step(
            _("In the buyer's currency"),
            one.amount,
            f"× {one.rate}",
            f"{one.rate_provider} {one.rate_on.isoformat()}",
        ),
        Step(_("Means of payment"), method_word(one.method), source=one.provider_reference),
    ]


def _hold(sheet: OrderSheet) -> Explanation | None:
    hold = sheet.hold
    if hold is None:
        return None
    days = ngettext("%(n)s day after delivery", "%(n)s days after delivery", hold.days) % {"n": hold.days}
    steps = (
        Step(_("Delivered"), day_text(hold.delivered_at)),
        Step(
            _("Kept in escrow"), days, f"{method_word(hold.method)} · {RISKS[hold.risk]}", hold.source, hold.rule
        ),
        Step(_("Free on"), day_text(hold.free_at)),
    )  # fmt: skip
    missing = (Step(hold_note(hold), inputs=hold.stuck_detail),) if hold.blocked_by or hold.stuck_by else ()
    return Explanation(
        _("When the money is free"), day_text(hold.free_at),
        _("The buyer's money stays in escrow until delivery is proved and the days after it are over, or a dispute is decided."),
        steps, missing,
    )  # fmt: skip


def _settlement(sheet: OrderSheet) -> Explanation | None:
    if sheet.money is None:
        return None
    steps = tuple(
        Step(f"{stage_word(stage.stage)}: {account_word(line.code)}", Money(line.amount_minor, line.currency),
             journal_word(line.kind), _("journal %(n)s") % {"n": line.journal_id}, stage.on.isoformat())
        for stage in sheet.money.stages
        for line in stage.lines
    )  # fmt: skip
    if not steps:
        return None
    return Explanation(
        _("Where the money went"), None,
        _("Double entry: every journal's lines add up to zero in each currency."), steps,
    )  # fmt: skip


def _match(sheet: OrderSheet) -> Explanation | None:
    verdict = sheet.verdict
    if not verdict:
        return None
    reasons = verdict.get("reasons")
    steps = tuple(
        Step(one.title, str(one.weight), f"{one.left} · {one.right}".strip(" ·"))
        for one in differences(reasons if isinstance(reasons, (list, tuple)) else ())
    )  # fmt: skip
    return Explanation(
        _("Order, payment and waybill"), str(look_of(str(verdict.get("verdict", ""))).word),
        _("The three documents are compared field by field; goods are released only when they agree."), steps,
    )  # fmt: skip


def _stop(sheet: OrderSheet) -> Explanation | None:
    reason = reason_of(sheet.order.facts)
    if reason is None:
        return _screening(sheet) if sheet.order.state == "held" else None
    gap = Step(reason.title, inputs=reason.detail, rule=reason.remedy)
    return Explanation(_("Why it waits"), None, "", missing=(gap,))


_FIGURES: dict[str, Callable[[OrderSheet], Explanation | None]] = {
    "goods": _goods,
    "duty": _landed_part("Duty", "duty", lambda quote: quote.duty),
    "tax": _landed_part("Tax", "tax", lambda quote: quote.tax),
    "fees": _landed_part("Fees", "fee", lambda quote: quote.fees),
    "landed": _landed_part("Landed cost", "", lambda quote: quote.total),
    "carriage": _carriage,
    "carbon": _carbon,
    "screening": _screening,
    "payment": _payment,
    "settlement": _settlement,
    "hold": _hold,
    "match": _match,
    "stop": _stop,
}
