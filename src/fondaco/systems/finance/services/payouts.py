"""Payouts: from what is owed to a party, into transit, until the bank says that it arrived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fondaco.kernel.bulk import update_many
from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.ledger import HOUSE, AccountKey, InsufficientFunds, JournalDraft, lines
from fondaco.systems.finance.domain.payout_policy import Policy, payable
from fondaco.systems.finance.domain.payouts import (
    BankGateway,
    BankOrder,
    BankReport,
    PayoutDTO,
    PayoutNotFound,
    payout_entries,
)
from fondaco.systems.finance.models import PAYOUT_MACHINE, Account, Entry, Payout, PayoutState
from fondaco.systems.finance.selectors import payout_dto
from fondaco.systems.finance.services.ledger import post_journals, retried, reverse_journal
from fondaco.systems.finance.services.payout_policies import earned, policies_of
from fondaco.systems.finance.services.support import insert_models, tell

SELLABLE = ("payable",)
Purse = tuple[UUID, str, str]  # owner, account code, currency
DUES = ("duties_payable", "taxes_payable", "fees_payable")


def create_payouts(
    *,
    run: str,
    now: datetime,
    owners: Sequence[UUID] | None = None,
    codes: Sequence[str] = SELLABLE,
    minimum_minor: int = 1,
    exactly: Mapping[Purse, int] | None = None,
    holds: Mapping[Purse, UUID] | None = None,
    on: date | None = None,
) -> list[PayoutDTO]:
    """Send every available balance of `codes` (of `owners`, or of all) on its way, once per `run`.

    What a party owes the house (`recourse`) is taken off first; less than `minimum_minor` stays, and what
    the party's policy keeps back: its schedule, minimum, reserve or hold. With `exactly` those sums of
    those accounts (owner, code, currency) go out, or InsufficientFunds and nothing; those of `holds` out of what
    was set aside for them. The same `run` again pays nobody twice and returns the payouts it made.
    """
    batch = _Batch(run, owners, codes, minimum_minor, exactly, holds or {}, on or now.date(), now)
    return retried(lambda: _create(batch))


def confirm_payouts(
    ids: Sequence[UUID], *, bank_reference: str, actor: str, now: datetime, on: date | None = None
) -> list[PayoutDTO]:
    """The money arrived: `actor` names who says so (a bank file, a simulation, a person)."""
    return retried(lambda: _confirm(ids, bank_reference, actor, on=on or now.date(), now=now))


def bounce_payouts(
    ids: Sequence[UUID], *, reason: str, actor: str, now: datetime, on: date | None = None
) -> list[PayoutDTO]:
    """The bank sent the money back: it is owed to the party again."""
    return retried(lambda: _bounce(ids, reason, actor, on=on or now.date(), now=now))


def instruct_bank(gateway: BankGateway, *, now: datetime) -> BankReport:
    """Tell the bank of every payout in transit and book what it says. Call outside any transaction.

    Executed payouts have arrived; refused ones are owed to their party again; the others are asked about
    with the next call. Safe to repeat, and after a crash at any point: the bank knows each by its key.
    """
    rows = list(Payout.objects.house().filter(state=PayoutState.IN_TRANSIT).order_by("created_at", "id"))
    orders = [BankOrder(f"payout:{r.id}", r.owner_id, Money(r.amount_minor, r.currency)) for r in rows]
    said = {answer.key: answer for answer in gateway.instruct(orders)} if orders else {}
    for row in rows:
        answer = said[f"payout:{row.id}"]
        if answer.status == "executed":
            confirm_payouts([row.id], bank_reference=answer.reference, actor=gateway.name, now=now)
        elif answer.status == "refused":
            bounce_payouts([row.id], reason=answer.reason or "refused", actor=gateway.name, now=now)
    told = Counter(answer.status for answer in said.values())
    return BankReport(told["executed"], told["refused"], told["pending"])


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one run of payouts was asked for."""

    run: str
    owners: Sequence[UUID] | None
    codes: Sequence[str]
    minimum: int
    exactly: Mapping[Purse, int] | None
    holds: Mapping[Purse, UUID]
    on: date
    now: datetime


def _create(batch: _Batch) -> list[PayoutDTO]:
    purses = (
        Account.objects.house().select_for_update(no_key=True).filter(code__in=batch.codes, balance__gt=0)
    )
    if batch.owners is not None:
        purses = purses.filter(owner_id__in=batch.owners)
    made = {(p.owner_id, p.account_code, p.currency) for p in Payout.objects.house().filter(run=batch.run)}
    due = [a for a in purses.order_by("rank", "id") if (a.owner_id, a.code, a.currency) not in made]
    allowed = _exact(due, batch, made) if batch.exactly is not None else _allowed(due, batch)
    planned = [_plan(account, *allowed[account.id], batch) for account in due if account.id in allowed]
    posted = post_journals([draft for _, draft in planned])
    for (row, _), journal in zip(planned, posted, strict=True):
        row.journal_id = journal.journal_id
    rows = [row for row, _ in planned]
    insert_models(rows, skip_existing=False)
    _tell("finance.payout_sent", rows, now=batch.now)
    found = Payout.objects.house().filter(run=batch.run).order_by("created_at", "id")
    return [payout_dto(row) for row in found]


def _exact(due: Sequence[Account], batch: _Batch, made: set[Purse]) -> dict[int, tuple[int, int]]:
    """The sums asked for by account id, with no debt taken off. InsufficientFunds where one is not there.

    Whether a hold covers its sum is for the books to say, when it is captured.
    """
    exactly = batch.exactly or {}
    found = {(a.owner_id, a.code, a.currency): a for a in due}
    free = {purse: a.balance - (0 if purse in batch.holds else a.held) for purse, a in found.items()}
    short = [
        purse for purse, minor in exactly.items() if purse not in made and free.get(purse, minor - 1) < minor
    ]
    if short:
        raise InsufficientFunds(field="account", value=f"{short[0][1]} {short[0][2]}")
    return {found[purse].id: (minor, 0) for purse, minor in exactly.items() if purse not in made}


def _allowed(due: Sequence[Account], batch: _Batch) -> dict[int, tuple[int, int]]:
    """(sum, debt taken off first) by account id, as the parties' policies allow."""
    debts = _debts({account.owner_id for account in due})
    policies = policies_of({account.owner_id for account in due})
    allowed = {}
    for account in due:
        debt = max(debts.pop((account.owner_id, account.currency), 0), 0)
        policy = policies.get((account.owner_id, account.currency), Policy())
        verdict = payable(
            account.balance - account.held - debt,
            policy,
            recent=earned(account, policy, on=batch.on),
            on=batch.on,
        )
        if verdict.minor >= max(batch.minimum, 1):
            allowed[account.id] = (verdict.minor, debt)
    return allowed


def _debts(owners: set[UUID]) -> dict[tuple[UUID, str], int]:
    """What each owner owes the house, by currency: minus the sum of the recourse account."""
    rows = Entry.objects.house().filter(account__owner_id__in=owners, account__code="recourse")
    debts: dict[tuple[UUID, str], int] = {}
    for owner, currency, amount in rows.values_list("account__owner_id", "currency", "amount"):
        debts[owner, currency] = debts.get((owner, currency), 0) - amount
    return debts


def _plan(account: Account, amount: int, debt: int, batch: _Batch) -> tuple[Payout, JournalDraft]:
    row = Payout(
        id=new_id(),
        run=batch.run,
        owner_id=account.owner_id,
        account_code=account.code,
        currency=account.currency,
        amount_minor=amount,
        effective_on=batch.on,
        created_at=batch.now,
        changed_at=batch.now,
    )
    key = AccountKey(account.owner_id, account.code, account.currency)
    draft = JournalDraft(
        idem=f"payout:{row.id}",
        kind="payout.sent",
        entries=payout_entries(key, amount=amount, recovered=debt),
        effective_on=batch.on,
        source=f"payout:{row.id}",
        meta={"run": batch.run},
        hold_id=batch.holds.get((account.owner_id, account.code, account.currency)),
    )
    return row, draft


def _locked(ids: Sequence[UUID]) -> list[Payout]:
    rows = Payout.objects.house().select_for_update(no_key=True).filter(id__in=ids)
    found = {row.id: row for row in rows.order_by("id")}
    if missing := [each for each in ids if each not in found]:
        raise PayoutNotFound(field="id", value=missing[0])
    return [found[each] for each in ids]


def _confirm(
    ids: Sequence[UUID], bank_reference: str, actor: str, *, on: date, now: datetime
) -> list[PayoutDTO]:
    rows = _locked(ids)
    open_rows = [row for row in rows if row.state != PayoutState.PAID]
    for row in open_rows:
        row.state = PAYOUT_MACHINE.after(row.state, "confirm")
        row.confirmed_by, row.bank_reference = actor, bank_reference
    _save(open_rows, now=now)
    post_journals([_arrival(row, on=on) for row in open_rows])
    _tell("finance.payout_paid", open_rows, now=now, actor=actor)
    return [payout_dto(row) for row in rows]


def _bounce(ids: Sequence[UUID], reason: str, actor: str, *, on: date, now: datetime) -> list[PayoutDTO]:
    rows = _locked(ids)
    open_rows = [row for row in rows if row.state != PayoutState.RETURNED]
    for row in open_rows:
        row.state = PAYOUT_MACHINE.after(row.state, "bounce")
        row.confirmed_by, row.bank_reference = actor, reason[:80]
        reverse_journal(row.journal_id, effective_on=on, reason=reason, actor=actor)
    _save(open_rows, now=now)
    _tell("finance.payout_returned", open_rows, now=now, actor=actor)
    return [payout_dto(row) for row in rows]


def _arrival(row: Payout, *, on: date) -> JournalDraft:
    return JournalDraft(
        idem=f"payout-paid:{row.id}",
        kind="payout.paid",
        entries=lines(
            (AccountKey(row.owner_id, "payout_in_transit", row.currency), -row.amount_minor),
            (AccountKey(HOUSE, "bank", row.currency), row.amount_minor),
        ),
        effective_on=on,
        source=f"payout:{row.id}",
        meta={"confirmed_by": row.confirmed_by, "bank_reference": row.bank_reference},
    )


def _save(rows: Sequence[Payout], *, now: datetime) -> None:
    update_many(
        "finance_payout",
        ("id", "state", "confirmed_by", "bank_reference", "changed_at"),
        [(row.id, row.state, row.confirmed_by, row.bank_reference, now) for row in rows],
    )


def _tell(topic: str, rows: Sequence[Payout], *, now: datetime, actor: str = "finance") -> None:
    facts = [(row.id, row.owner_id, {"amount": row.amount_minor, "currency": row.currency}) for row in rows]
    tell(topic, subject_type="payout", facts=facts, at=now, actor=actor)
