"""Payouts: once a day, what is owed to sellers and carriers goes on its way to their banks, and arrives or not."""

from __future__ import annotations

from fondaco.flows.work import Work
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import BankReport, PayoutDTO


def pay_out(work: Work) -> list[PayoutDTO]:
    """Send today's balances on their way, once a day; they stay in transit until a bank confirms them."""
    return finance.create_payouts(run=f"daily-{work.now.date().isoformat()}", now=work.now)


def hear_from_bank(work: Work) -> BankReport:
    """Instruct the bank with what is in transit; what it refuses is owed to its party again."""
    return finance.instruct_bank(work.ports.bank, now=work.now)
