"""The words for a regime's rules: what each does and when it holds, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from fondaco.kernel.countries import country_name
from fondaco.kernel.money import Money
from fondaco.platforms.window.public import RuleSheet

_SHOWN = 10
_MEASURES: Mapping[str, str | Promise] = {
    "intrinsic": _l("value of the goods alone"),
    "fob": _l("value without carriage"),
    "cif": _l("value with carriage and insurance"),
}
RATE_DAYS: Mapping[str, str | Promise] = {
    "daily": _l("the day's rate"),
    "day-before": _l("the rate of the day before"),
    "eu-month": _l("the European Central Bank's rate of the last Wednesday but one of the month before"),
    "uk-month": _l("HMRC's rate of the month, taken on the Wednesday before the last Thursday but one"),
    "cn-month": _l("the rate of the third Wednesday of the month before"),
    "us-quarter": _l("the rate certified for the first working day of the quarter"),
    "jp-week": _l("the mean of the week before last"),
}
KINDS: Mapping[str, str | Promise] = {
    "mfn": _l("Third-country duty"),
    "preference": _l("Preference, against proof of origin"),
    "additional": _l("Additional duty on listed goods"),
    "country": _l("Additional duty on a country's goods"),
    "manual": _l("Needs a person"),
    "remedy": _l("Anti-dumping or countervailing duty"),
    "claimed": _l("Lower duty that must be claimed: suspension or authorised use"),
    "quota": _l("Duty within a tariff quota"),
    "agency": _l("Another agency asks for papers"),
}


def effect_of(sheet: RuleSheet) -> str:
    """What a rule does: "no duty", "20 %, taken at sale", "3.00 EUR for each tariff class"."""
    rule = sheet.rule
    if sheet.kind == "fees" and rule.do == "flat":
        return str(Money.of(rule.amount, rule.currency))
    words = {
        "none": _("nothing"),
        "tariff": _("the rate of the tariff"),
        "manual": _("a person decides"),
        "share": _("%(share)s %% of the price") % {"share": _plain(rule.share * 100)},
    }
    if rule.do in words:
        return words[rule.do]
    if rule.do == "flat":
        return _("%(amount)s for each tariff class") % {"amount": f"{_plain(rule.amount)} {rule.currency}"}
    rate = f"{_plain(sheet.rate)} %"
    if rule.share != 1:
        rate += f" × {_plain(rule.share * 100)} %"
    return _("%(rate)s, taken at sale") % {"rate": rate} if rule.collected == "sale" else rate


def conditions_of(sheet: RuleSheet) -> list[str]:
    """When a rule holds, one condition a line; none for a rule that holds for what is left."""
    when, language = sheet.rule.when, get_language() or "en"
    found = [
        _limit(limit.measure, limit.amount, limit.currency, limit.per, strict=limit.strict)
        for limit in when.up_to
    ]
    found += [
        _("above %(amount)s (%(measure)s)")
        % {"amount": f"{_plain(x.amount)} {x.currency}", "measure": _MEASURES[x.measure]}
        for x in when.above
    ]
    if when.b2c is not None:
        found.append(_("a consumer buys") if when.b2c else _("a business buys"))
    if when.hs:
        found.append(_("only codes %(codes)s") % {"codes": _codes(when.hs)})
    if when.hs_not:
        found.append(_("not codes %(codes)s") % {"codes": _codes(when.hs_not)})
    if when.scheme.startswith("ORIGIN-"):
        found.append(_("a proof of origin is at hand"))
    elif when.scheme:
        found.append(_("the seller is registered for %(scheme)s") % {"scheme": when.scheme})
    if when.sent_from:
        names = ", ".join(country_name(code, language) for code in sorted(when.sent_from))
        found.append(_("sent from %(places)s") % {"places": names})
    return found


def _codes(codes: tuple[str, ...]) -> str:
    """The first codes of a list, and how many more there are."""
    shown = ", ".join(codes[:_SHOWN])
    return f"{shown} … +{len(codes) - _SHOWN}" if len(codes) > _SHOWN else shown


def _limit(measure: str, amount: Decimal, currency: str, per: str, *, strict: bool) -> str:
    told = {"amount": f"{_plain(amount)} {currency}", "measure": _MEASURES[measure]}
    if per == "item":
        return (_("each article below %(amount)s (%(measure)s)") if strict
                else _("each article up to %(amount)s (%(measure)s)")) % told  # fmt: skip
    return (_("below %(amount)s (%(measure)s)") if strict else _("up to %(amount)s (%(measure)s)")) % told


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
