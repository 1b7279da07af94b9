"""Money: the ledger of an organisation, the trial balance, payouts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from fondaco.delivery.web.seats import member
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import EntryView

SIZE = 50


@require_GET
@member()
def ledger(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The balances of the reader's organisation and the lines of one account."""
    balances = finance.my_balances(scope)
    code = request.GET.get("account", "") or (balances[0].code if balances else "payable")
    currency = request.GET.get("currency", "") or None
    before = request.GET.get("before", "")
    lines = finance.statement(
        scope, owner_id=scope.organisation_id, code=code, currency=currency,
        before=int(before) if before.isdecimal() else None, size=SIZE,
    )  # fmt: skip
    context = {
        "balances": [(one, Money(one.balance_minor, one.currency)) for one in balances],
        "code": code,
        "currency": currency,
        "lines": [_line(line) for line in lines],
        "next": lines[-1].journal_id if len(lines) == SIZE else None,
    }
    return render(request, "finance/ledger.html", context)


@require_GET
@member(Kind.PLATFORM)
def trial_balance(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Every account's sums: zero in each currency, or something is wrong."""
    rows = [
        (
            line,
            Money(line.debit_minor, line.currency),
            Money(line.credit_minor, line.currency),
            Money(line.balance_minor, line.currency),
        )
        for line in finance.trial_balance_table()
    ]
    sums = [Money(minor, currency) for currency, minor in sorted(finance.trial_balance().items())]
    return render(request, "finance/trial_balance.html", {"rows": rows, "sums": sums, "zero": not any(sums)})


@require_GET
@member(Kind.SELLER, Kind.CARRIER, Kind.BANK)
def payouts(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """What was paid out, newest first."""
    return render(request, "finance/payouts.html", {"rows": finance.list_payouts(scope, size=100)})


def _line(line: EntryView) -> dict[str, object]:
    after = None if line.balance_after is None else Money(line.balance_after, line.currency)
    return {"line": line, "amount": Money(line.amount_minor, line.currency), "after": after}
