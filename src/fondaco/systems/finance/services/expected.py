"""Expected payments: promised by others, booked only when a bank statement shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.systems.finance.domain.expected import (
    Expectation,
    ExpectationChanged,
    ExpectationNotFound,
    ExpectedDTO,
    ExpectedPage,
    check_expectation,
)
from fondaco.systems.finance.domain.ledger import HOUSE, AccountKey, JournalDraft, lines
from fondaco.systems.finance.models import EXPECTED_MACHINE, ExpectedPayment, ExpectedState, ReconLine
from fondaco.systems.finance.rules import chart_line
from fondaco.systems.finance.services.arrivals import paying_lines
from fondaco.systems.finance.services.ledger import post_journals
from fondaco.systems.finance.services.periods import booking_days
from fondaco.systems.finance.services.support import insert_models, tell

MOST = 200


def expect_payment(what: Expectation, *, now: datetime, actor: str) -> ExpectedDTO:
    """Await a transfer, once per source; the same again changes nothing.

    BadExpectation, BadJournal (no such account code), ExpectationChanged; then nothing is kept.
    """
    check_expectation(what)
    chart_line(what.against.code)
    row = ExpectedPayment(
        id=new_id(), source=what.source, reference=what.reference, payer_id=what.payer_id,
        beneficiary_id=what.beneficiary_id, account_owner_id=what.against.owner_id, account_code=what.against.code,
        currency=what.amount.currency, amount_minor=what.amount.minor, due_on=what.due_on,
        state=ExpectedState.EXPECTED, created_at=now, changed_at=now,
    )  # fmt: skip
    with transaction.atomic():
        fresh = insert_models([row])
        kept = ExpectedPayment.objects.house().get(source=what.source)
        if _facts(kept) != _facts(row):
            raise ExpectationChanged(field="source", value=what.source)
        if fresh:
            _tell([kept], "announced", actor=actor, now=now)
    return _dto(kept)


def withdraw_expected(source: str, *, now: datetime, actor: str) -> ExpectedDTO:
    """Await it no longer. ExpectationNotFound; IllegalTransition once the money is there. Repeats are free."""
    with transaction.atomic():
        row = ExpectedPayment.objects.house().select_for_update().filter(source=source).first()
        if row is None:
            raise ExpectationNotFound(field="source", value=source)
        if row.state != ExpectedState.WITHDRAWN:
            row.state, row.changed_at = EXPECTED_MACHINE.after(row.state, "withdraw"), now
            row.save(update_fields=["state", "changed_at"])
            _tell([row], "withdrawn", actor=actor, now=now)
    return _dto(row)


def receive_expected(*, now: datetime, actor: str) -> list[ExpectedDTO]:
    """Book the expected payments that statements show, each against its receivable; those that arrived now.

    A line counts that quotes the reference and has exactly the amount and currency; it is used once. Another
    amount, or the same money twice, stays a break of the reconciliation. Event `finance.expected_received`.
    """
    with transaction.atomic():
        rows = ExpectedPayment.objects.house().select_for_update().filter(state=ExpectedState.EXPECTED)
        pairs = _arrivals(list(rows.order_by("created_at", "id")))
        for row, line in pairs:
            row.journal_id = _post(row, line, now=now)
            row.state = EXPECTED_MACHINE.after(row.state, "receive")
            row.line, row.received_on, row.changed_at = line, line.on, now
            row.save(update_fields=["journal", "state", "line", "received_on", "changed_at"])
        _tell([row for row, _ in pairs], "received", actor=actor, now=now)
    return [_dto(row) for row, _ in pairs]


def expected_payment(source: str) -> ExpectedDTO | None:
    """House work: the payment expected for `source`, in whatever state; None if none was ever expected."""
    row = ExpectedPayment.objects.house().filter(source=source).first()
    return _dto(row) if row else None


def expected_payments(scope: Scope, *, state: str = "", size: int = 50) -> list[ExpectedDTO]:
    """What is or was expected, the oldest first: the operator sees all, a payer and a beneficiary their own."""
    rows = ExpectedPayment.objects.of(scope).filter(**({"state": state} if state else {}))
    return [_dto(row) for row in rows.order_by("created_at", "id")[: max(1, min(size, MOST))]]


def browse_expected(scope: Scope, *, state: str = "", cursor: str = "", size: int = 50) -> ExpectedPage:
    """A page of what `expected_payments` lists, the oldest first; `cursor` is the `next_cursor` of the page before."""
    rows = ExpectedPayment.objects.of(scope).filter(**({"state": state} if state else {}))
    if cursor:
        rows = rows.filter(id__gt=UUID(cursor))
    most = max(1, min(size, MOST))
    found = [_dto(row) for row in rows.order_by("id")[: most + 1]]
    return ExpectedPage(tuple(found[:most]), str(found[most - 1].id) if len(found) > most else "")


def _arrivals(waiting: Sequence[ExpectedPayment]) -> list[tuple[ExpectedPayment, ReconLine]]:
    """Each of `waiting` that a statement line pays, with that line."""
    found = paying_lines([(row.reference, Money(row.amount_minor, row.currency)) for row in waiting])
    return [(row, line) for row, line in zip(waiting, found, strict=True) if line is not None]


def _post(row: ExpectedPayment, line: ReconLine, *, now: datetime) -> int:
    """Bank against receivable, on the bank's day; on the present one where that day's books are closed."""
    entries = lines(
        (AccountKey(HOUSE, "bank", row.currency), -row.amount_minor),
        (AccountKey(row.account_owner_id, row.account_code, row.currency), row.amount_minor),
    )
    draft = JournalDraft(
        f"expected:{row.id}", "expected.received", entries, booking_days([line.on], now=now)[line.on],
        source=row.source, meta={"creditor_reference": row.reference, "booked_on": line.on.isoformat()},
    )  # fmt: skip
    return post_journals([draft])[0].journal_id


def _facts(row: ExpectedPayment) -> tuple[UUID, UUID, str, str, int]:
    return row.payer_id, row.account_owner_id, row.account_code, row.currency, row.amount_minor


def _tell(rows: Sequence[ExpectedPayment], word: str, *, actor: str, now: datetime) -> None:
    tell(
        f"finance.expected_{word}",
        subject_type="expected_payment", at=now, actor=actor,
        facts=[
            (row.id, row.beneficiary_id, {"source": row.source, "reference": row.reference, "currency": row.currency,
                                          "amount_minor": row.amount_minor, "payer_id": str(row.payer_id)})
            for row in rows
        ],
    )  # fmt: skip


def _dto(row: ExpectedPayment) -> ExpectedDTO:
    return ExpectedDTO(
        row.id, row.source, row.reference, row.payer_id, row.beneficiary_id,
        Money(row.amount_minor, row.currency), row.due_on, row.state, row.received_on, row.journal_id, row.created_at,
    )  # fmt: skip
