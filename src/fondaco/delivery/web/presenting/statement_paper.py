"""An account's statement on paper, in the reader's language: what stood there, each line, what stands after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fondaco.delivery.web.presenting.money_words import account_word, journal_word
from fondaco.delivery.web.templatetags.fondaco import day_text, decimal_text
from fondaco.flows.account_statements import AccountPaper, CurrencySheet
from fondaco.flows.money_pages import order_in
from fondaco.kernel.money import Money, exponent
from fondaco.systems.sharing.public import Report, ReportPart


def statement_report(
    paper: AccountPaper, *, since: date | None, until: date | None, on: date, own: bool
) -> Report:
    """The report that Typst sets; `own` where the reader's organisation owns the account."""
    return Report(
        title=_("Statement"),
        number=account_word(paper.code, own=own),
        author="Fondaco",
        facts=(
            (_("Account holder"), paper.owner_name or _("The house's own accounts")),
            (_("Made on"), day_text(on)),
            (_("From"), day_text(since) if since else _("from the beginning")),
            (_("Until"), day_text(until or on)),
        ),
        parts=tuple(_part(sheet, paper=paper) for sheet in paper.sheets),
        foot=" · ".join(filter(None, ("Fondaco", paper.owner_name, paper.code))),
        language=get_language() or "en",
    )


def _part(sheet: CurrencySheet, *, paper: AccountPaper) -> ReportPart:
    found = sheet.statement
    return ReportPart(
        found.currency,
        columns=(_("Day"), _("Deed"), _("About"), _("Amount"), _("Balance")),
        rows=(
            ("", _("Opening balance"), "", "", _figure(found.opening)),
            *_rows(sheet, paper=paper),
            ("", _("Came in"), "", _figure(found.credits), ""),
            ("", _("Went out"), "", _figure(found.debits), ""),
            ("", _("Closing balance"), "", "", _figure(found.closing)),
        ),
        numbers=frozenset({3, 4}),
        text="" if sheet.lines else _("No line in these days"),
    )


def _rows(sheet: CurrencySheet, *, paper: AccountPaper) -> Iterator[tuple[str, ...]]:
    stands = sheet.statement.opening
    for line in sheet.lines:
        amount = Money(line.amount_minor, line.currency)
        stands += amount
        order_id = order_in(line.source)
        about = (paper.numbers.get(order_id) if order_id else None) or line.source
        yield day_text(line.effective_on), journal_word(line.kind), about, _figure(amount), _figure(stands)


def _figure(amount: Money) -> str:
    return f"{decimal_text(amount.amount, exponent(amount.currency))} {amount.currency}"
