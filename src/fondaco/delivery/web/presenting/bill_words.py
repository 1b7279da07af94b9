"""The words for what an authority assesses: beside its declaration, beside its quote, and who bears what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from fondaco.delivery.web.explain import Explanation, Step
from fondaco.delivery.web.presenting.why import landed_explanation
from fondaco.flows.bills import BillRow, BillSheet
from fondaco.flows.collective import BatchSeen, ListSeen
from fondaco.flows.ioss import IossMonth
from fondaco.kernel.countries import country_name
from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.platforms.window.public import DeclaredSums, Difference

REASONS: Mapping[str, str | Promise] = {
    "same": _l("The bill is what was quoted."),
    "at-sale": _l("The tax was taken at sale; nothing is left at the border."),
    "rounding": _l("Rounding: within one unit of the currency for each line."),
    "less": _l("The authority asks less than was charged; what is not owed goes back."),
    "goods": _l("Declared under another commodity code than quoted."),
    "value": _l("Declared at another value than quoted."),
    "estimate": _l("The quote was an estimate: a fact of the goods was not known."),
    "differs": _l("The authority assessed more; its reason is not in the papers."),
}
BEARERS: Mapping[str, str | Promise] = {
    "nobody": _l("Nobody"),
    "house": _l("The house"),
    "buyer": _l("Goes back to the buyer"),
    "seller": _l("The seller, who sold duty paid"),
}
CHARGES: Mapping[str, str | Promise] = {"duty": _l("Duty"), "tax": _l("Tax")}


def explain_declared(found: DeclaredSums, figure: str) -> Explanation:
    """Why the duty or tax of a declaration: the landed cost it was estimated by, the estimate, what was assessed.

    NotFound for another figure.
    """
    name, one = _charge(figure), found.detail.declaration
    duty = figure == "duty"
    estimated = Money(one.estimated_duty_minor if duty else one.estimated_tax_minor, one.currency)
    minor = one.assessed_duty_minor if duty else one.assessed_tax_minor
    assessed = None if minor is None else Money(minor, one.currency)
    steps, versions = (_stated_goods(found), {}) if found.quote is None else _worked(found, figure)
    ends = (
        Step(
            _("Estimated, as on the declaration"), estimated, f"{one.lrn} · {found.detail.papers['incoterm']}"
        ),
        Step(
            _("Assessed by the authority"),
            _("not yet") if assessed is None else assessed,
            one.mrn if assessed else "",
        ),
        *(() if assessed is None else (Step(_("Difference"), assessed - estimated),)),
    )
    return Explanation(
        name, estimated if assessed is None else assessed, _basis(found), (*steps, *ends), versions=versions
    )


def explain_batch(seen: BatchSeen, figure: str) -> Explanation:
    """Why the duty or tax of a batch: that of each list in it; with a summary, in its currency and as assessed.

    NotFound for another figure.
    """
    name, one = _charge(figure), seen.summary
    at = 0 if figure == "duty" else 1
    if one is None:
        return Explanation(name, steps=tuple(_list_step(row, None, seen, at) for row in seen.lists))
    total = Money((one.estimated_duty_minor, one.estimated_tax_minor)[at], one.currency)
    minor = (one.assessed_duty_minor, one.assessed_tax_minor)[at]
    assessed = None if minor is None else Money(minor, one.currency)
    steps = tuple(_list_step(row, row.share[at], seen, at) for row in seen.lists if row.share is not None)
    ends = (
        Step(_("Estimated, as on the declaration"), total, one.lrn),
        Step(_("Assessed by the authority"), _("not yet") if assessed is None else assessed, one.mrn),
    )
    summary = _(
        "The sum of what each list in it was estimated at; a list in another currency is converted for itself."
    )
    return Explanation(name, total if assessed is None else assessed, summary, (*steps, *ends))


def _list_step(row: ListSeen, amount: Money | None, seen: BatchSeen, at: int) -> Step:
    """One list's charge, its own where there is no `amount`; where it was converted, its own and the rate."""
    one = row.declaration
    rate = seen.rates.get(one.currency)
    own = Money((one.estimated_duty_minor, one.estimated_tax_minor)[at], one.currency)
    told = f"{own} × {rate.rate.normalize():f}" if rate else ""
    source = f"{rate.provider} {rate.on.isoformat()}" if rate else ""
    return Step(f"{one.reference} · {row.seller}", own if amount is None else amount, told, source)


def explain_ioss_due(months: Sequence[IossMonth]) -> Explanation:
    """What is to be filed and paid: what each month that is due owes each member state."""
    steps: list[Step] = []
    for month in months:
        told = f"{month.period} · {month.seller.name}"
        balances = month.content.balances.items()
        steps += [
            Step(f"{told} · {country_name(code, get_language() or 'en')}", Money(minor, "EUR"))
            for code, minor in balances
        ]
        due = _("%(sales)s sales, due on %(day)s") % {"sales": month.sales, "day": month.period.due_on}
        steps.append(Step(told, month.payable, due))
    return Explanation(
        _("To be filed and paid"),
        Money.sum([month.payable for month in months], "EUR"),
        _("The sum of the months; a balance below zero is given back by that state and lessens no other's."),
        tuple(steps),
    )


def _worked(found: DeclaredSums, figure: str) -> tuple[tuple[Step, ...], dict[str, str]]:
    """The steps of the order's landed cost that the estimate was taken from."""
    quote = found.quote
    if quote is None:
        return (), {}
    told = landed_explanation(quote, title="", figure=None, part=figure)
    return told.steps, told.versions


def _basis(found: DeclaredSums) -> str:
    if found.quote is None:
        return _("The declarant stated these sums; no landed cost of this house lies under them.")
    return _("Worked out with the order; a declaration of a part of the order carries its share.")


def _stated_goods(found: DeclaredSums) -> tuple[Step, ...]:
    currency = found.detail.declaration.currency
    return tuple(
        Step(item.description.capitalize(), Money(item.value_minor, currency), item.hs_code)
        for item in found.detail.items
    )


def explain_bill(sheet: BillSheet, figure: str) -> Explanation:
    """Why an assessed sum stands as it does on each line, and what differs from the quote. NotFound."""
    name = _charge(figure)
    one = next((d for d in sheet.found.differences if d.what == figure), None)
    if one is None:
        raise NotFound(field="figure", value=figure)
    steps = (*(_billed(row, figure) for row in sheet.rows), *_compared(one))
    return Explanation(name, one.assessed, str(REASONS[one.reason]), steps)


def _billed(row: BillRow, figure: str) -> Step:
    line = row.line
    duty = figure == "duty"
    quoted = line.duty_quoted if duty else line.tax_quoted
    said = _("quoted %(sum)s under %(code)s") % {"sum": quoted, "code": line.hs_quoted}
    if line.hs_declared:
        said += "; " + _("declared under %(code)s") % {"code": line.hs_declared}
    return Step(row.title, line.duty_assessed if duty else line.tax_assessed, said, row.sku)


def _compared(one: Difference) -> tuple[Step, ...]:
    return (
        Step(_("Quoted"), one.quoted),
        Step(_("Assessed"), one.assessed),
        Step(_("Difference"), one.difference),
        Step(_("Tolerance"), one.tolerance),
        Step(_("Borne by"), BEARERS[one.bearer]),
    )


def _charge(figure: str) -> str:
    if figure not in CHARGES:
        raise NotFound(field="figure", value=figure)
    return str(CHARGES[figure])
