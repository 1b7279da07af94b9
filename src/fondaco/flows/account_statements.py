"""A party's account as a printed statement takes it: whole, oldest line first, one sheet a currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fondaco.commerce.orders import public as orders
from fondaco.flows.money_pages import every_line, order_in
from fondaco.kernel.errors import NotFound, Refused
from fondaco.kernel.tenancy import Scope
from fondaco.parties import public as parties
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import EntryView, Statement

MOST_LINES = 2_000  # some 60 pages


class StatementTooLong(Refused):
    code = "statement-too-long"
    title = "There are too many lines for a printed statement."
    remedy = "Choose fewer days, or take the CSV: it holds every line."


@dataclass(frozen=True, slots=True)
class CurrencySheet:
    """The statement of one account in one currency, with all its lines in the order of their days."""

    statement: Statement
    lines: tuple[EntryView, ...]


@dataclass(frozen=True, slots=True)
class AccountPaper:
    """What is printed: whose account, its code, a sheet for each currency, the numbers of the orders named."""

    owner_id: UUID
    owner_name: str
    code: str
    sheets: tuple[CurrencySheet, ...]
    numbers: Mapping[UUID, str]


def account_paper(
    scope: Scope, *, owner_id: UUID, code: str, currency: str, since: date | None, until: date | None
) -> AccountPaper:
    """The account `code` of `owner_id` in `currency` ("": in each it has) from `since` to `until`.

    An organisation prints its own accounts, the operator any; NotFound for others and for accounts that were
    never opened, StatementTooLong above MOST_LINES.
    """
    if not scope.is_operator and owner_id != scope.organisation_id:
        raise NotFound(field="owner", value=owner_id)
    held = [one for one in finance.balances(owner_id) if one.code == code and currency in ("", one.currency)]
    if not held:
        raise NotFound(field="account", value=code)
    found = [
        finance.account_statement(
            scope, owner_id=owner_id, code=code, currency=one.currency, since=since, until=until, size=1
        )
        for one in held
    ]
    if (number := sum(one.count for one in found)) > MOST_LINES:
        raise StatementTooLong(field="since", value=number)
    sheets = tuple(CurrencySheet(one, _lines(scope, one, since=since, until=until)) for one in found)
    named = {order for sheet in sheets for line in sheet.lines if (order := order_in(line.source))}
    who = parties.organisations({owner_id} - {finance.HOUSE}).get(owner_id)
    name = (who.legal_name or who.name) if who else ""
    return AccountPaper(owner_id, name, code, sheets, orders.numbers_of(list(named)))


def _lines(
    scope: Scope, statement: Statement, *, since: date | None, until: date | None
) -> tuple[EntryView, ...]:
    pages = every_line(scope, statement=statement, since=since, until=until)
    lines = [line for page in pages for line in page.lines]
    return tuple(sorted(lines, key=lambda line: (line.effective_on, line.journal_id, line.line)))
