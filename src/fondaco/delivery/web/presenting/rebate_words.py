"""Export rebates in words: ways, conditions, what is missing, the steps of a sum, and the Why of a case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from fondaco.delivery.web.explain import Explanation, Step
from fondaco.delivery.web.states import look_of
from fondaco.delivery.web.templatetags.fondaco import day_text
from fondaco.flows.rebates import MonthProof
from fondaco.kernel.money import Money
from fondaco.platforms.window.public.rebates import (
    CaseDetail,
    ItemDTO,
    OpenSum,
    PeriodDTO,
    RebateDTO,
    Standing,
    Way,
)

MISSING: dict[str, str | Promise] = {
    "departure": _l("Proof of departure"),
    "invoices": _l("Input invoices"),
    "receipt": _l("Foreign exchange received"),
    "rate": _l("Rebate rate: needs a person"),
    "not_cancelled": _l("Goods whose rebate is cancelled"),
    "late": _l("The term is over"),
}
STATED: dict[str, str | Promise] = {
    "general_taxpayer": _l("We are a general VAT taxpayer, on file for export rebates"),
    "producer": _l("We made the goods ourselves"),
    "pilot_zone": _l(
        "We are registered in a comprehensive pilot zone and the goods left through its customs"
    ),
    "platform_record": _l("The export is on record with the zone's service platform"),
    "no_invoice": _l("There is no valid purchase invoice"),
    "unsold": _l("The goods are not sold yet, or sold and unsold are not told apart"),
}
GROUNDS: dict[str, str | Promise] = {
    "country": _l("Country of export"),
    "in_force": _l("In force since"),
    "mode": _l("Supervision mode"),
}
_STEPS: dict[str, str | Promise] = {
    "input_net": _l("Net value of the invoices used"),
    "rebate": _l("Refund at the rebate rate"),
    "cost": _l("What the rebate rate leaves of the VAT: a cost"),
    "fob_local": _l("Price of the goods in the tax's currency"),
    "ceiling": _l("Ceiling of set-off and refund"),
    "not_creditable": _l("Input tax that is not creditable"),
    "exempt": _l("Exempt: nothing comes back"),
    "zero_rated": _l("Zero-rated: nothing comes back"),
    "deemed_income": _l("Deemed income, where income tax is assessed so"),
    "at_stake": _l("VAT that falls due without the evidence"),
}


def way_name(way: Way) -> str:
    """The name of a way in the reader's language."""
    return way.name_zh if _chinese() else way.name


def way_text(way: Way) -> str:
    """What a way is, in the reader's language."""
    return way.text_zh if _chinese() else way.text


def missing_words(one: RebateDTO) -> list[str]:
    """What a case lacks, in words."""
    return [str(MISSING[word]) for word in one.missing]


def days_left(one: RebateDTO, today: date) -> int | None:
    """Days to the case's next day of reckoning; None: no fixed term."""
    return (one.last_day - today).days if one.last_day else None


def rebate_explanation(detail: CaseDetail) -> Explanation:
    """Why a case is worth what it is: rate, base and formula of each item, with sources."""
    case = detail.case
    steps = [Step(_("Rate of exchange"), str(case.fx_rate.normalize()), source=case.fx_source)]
    missing: list[Step] = []
    for item in detail.items:
        if item.rate is None:
            missing.append(Step(f"{item.hs_code} {item.description}", inputs=item.rate_row.get("note", ""),
                                rule=_("Look it up in the authority's rebate file.")))  # fmt: skip
        steps += _item_steps(item, case)
    if case.set_off:
        steps.append(Step(_("Set off against tax at home"), case.set_off))
    return Explanation(
        _("Rebate of %(number)s") % {"number": case.reference}, case.claimed, way_text(case.way), tuple(steps),
        tuple(missing), {_("way"): case.way.code, _("source"): case.way.source, _("confidence"): case.way.confidence},
    )  # fmt: skip


def month_explanation(found: MonthProof) -> Explanation:
    """Why a month's figures stand as they do: producers' sums as filed, the ledger's lines, the sums by kind."""
    sums = Standing() if found.balance is None else found.balance.standing
    told = (
        (_("Claimed"), sums.claimed), (_("Paid"), sums.paid), (_("Refused"), sums.refused), (_("Open"), sums.open),
        (_("Taken back"), sums.clawed_back),
    )  # fmt: skip
    return Explanation(
        f"{found.month:%Y-%m} · {found.currency}",
        None,
        _("Claimed = paid + refused + open + taken back, summed from the lines of the ledger."),
        (
            *(step for name, one in found.filed for step in _filed_steps(name, one)),
            *(
                Step(look_of(f"rebate_{kind}").word, sum_, f"{order} · {day_text(on)}")
                for order, kind, on, sum_ in found.lines
            ),
            *(Step(name, Money(minor, found.currency)) for name, minor in told),
        ),
    )


def _filed_steps(name: str, one: PeriodDTO) -> tuple[Step, ...]:
    """A producer's month in the order in which it is worked out."""
    return (
        Step(_("Input tax of the month"), one.input_tax, name),
        Step(_("Not creditable"), one.not_creditable, _("summed from the month's cases")),
        Step(_("Output tax on sales at home"), one.output_tax),
        Step(_("Brought forward"), one.brought),
        Step(
            _("Tax credit left"),
            one.credit,
            _("input tax − not creditable + brought forward − output tax, if that is above zero"),
        ),
        Step(_("Ceiling"), one.ceiling, _("summed from the month's cases")),
        Step(_("Refund"), one.refund, _("the smaller of the credit left and the ceiling")),
        Step(_("Carried forward"), one.carried, _("the credit left − the refund")),
    )


def open_explanation(found: OpenSum, lines: Sequence[tuple[str, date, Money]], *, today: date) -> Explanation:
    """Why so much is open with the tax office, and how old it is: each claim with its day, then the sums by age."""
    first, second, third, last = found.ages
    ages = (
        (_("Claimed within 30 days"), first), (_("31–60"), second), (_("61–90"), third),
        (_("31 to 90 days ago"), found.middle), (_("More than 90 days ago"), last),
    )  # fmt: skip
    return Explanation(
        _("Open with the tax office"),
        found.total,
        _("What is claimed and neither paid nor refused, by the days since the claim."),
        (
            *(
                Step(
                    order,
                    open_,
                    _("claimed on %(day)s, %(n)s days ago") % {"day": day_text(on), "n": (today - on).days},
                )
                for order, on, open_ in lines
            ),
            *(Step(name, sum_) for name, sum_ in ages),
        ),
    )


def _item_steps(item: ItemDTO, case: RebateDTO) -> list[Step]:
    row, told = item.rate_row, item.worked.get("steps", ())
    if row:
        of = _("%(code)s from %(since)s") % {"code": row["prefix"], "since": row["from"]}
        flag = _("not checked against the authority's file") if row["confidence"] == "C" else ""
        rate = f"{item.rate.normalize():f} %" if item.rate is not None else "–"
        yield_ = [Step(_("Rebate rate of item %(n)s") % {"n": item.number}, rate, flag, row["source"], of)]
    else:
        yield_ = []
    return yield_ + [_step(one, case) for one in told]


def _step(one: dict[str, Any], case: RebateDTO) -> Step:
    rate = f"{_STEPS.get(one['of'], one['of'])} × {one['rate']} %" if "rate" in one else ""
    source = case.way.deemed_source if one["code"] == "deemed_income" else case.way.source
    return Step(_STEPS.get(one["code"], one["code"]), Money(one["minor"], case.way.currency), rate, source)


def _chinese() -> bool:
    return (get_language() or "").startswith("zh")
