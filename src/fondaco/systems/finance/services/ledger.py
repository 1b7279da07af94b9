"""Writing in the books: post, reverse, hold, capture, void, expire."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NoReturn, TypeVar
from uuid import UUID

import psycopg
from django.db import DatabaseError, connection, transaction

from fondaco.kernel.bulk import array_literal, bytes_literal, text_literal
from fondaco.kernel.errors import FondacoError
from fondaco.systems.finance import sql
from fondaco.systems.finance.domain.ledger import (
    AccountKey,
    AlreadyReversed,
    Entry,
    HoldNotOpen,
    InsufficientFunds,
    JournalDraft,
    JournalNotFound,
    KeyReused,
    PeriodClosed,
    Posted,
    Unbalanced,
    check_draft,
    digest_of,
    distinct,
    key_of,
    negated,
)
from fondaco.systems.finance.models import HOLD_MACHINE, Account, Hold, HoldState, Journal
from fondaco.systems.finance.models import Entry as EntryRow
from fondaco.systems.finance.rules import RETRIES, chart_line

_T = TypeVar("_T")
_RETRYABLE = {"40001", "40P01"}
_TYPED: dict[str, type[FondacoError]] = {
    sql.UNBALANCED: Unbalanced,
    sql.INSUFFICIENT: InsufficientFunds,
    sql.KEY_REUSED: KeyReused,
    sql.HOLD_NOT_OPEN: HoldNotOpen,
    sql.PERIOD_CLOSED: PeriodClosed,
}
_POST_ONE = (
    "SELECT journal_id, fresh FROM finance_post_one("
    "%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::int[], %s::bigint[], %s::bigint[],"
    "%s::uuid, %s::bytea, %s::text, %s::text, %s::bigint, %s::date, %s::jsonb)"
)
_POST = (
    "SELECT journal_id, fresh FROM finance_post("
    "%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::int[], %s::bigint[],"
    "%s::uuid[], %s::bytea[], %s::text[], %s::text[], %s::bigint[], %s::uuid[], %s::date[], %s::text[]::jsonb[],"
    "%s::int[], %s::int[], %s::int[], %s::bigint[])"
)


@dataclass(frozen=True, slots=True)
class HoldDTO:
    """Money set aside; `state` is of HoldState."""

    id: UUID
    state: str
    amount_minor: int
    captured_minor: int


def post_journals(drafts: Sequence[JournalDraft]) -> list[Posted]:
    """Post `drafts` in one call and one transaction: all of them or, on any error, none.

    A key seen before with the same body gives the old journal (fresh False). Raises KeyReused (the
    same key, another body), Unbalanced, BadJournal, InsufficientFunds, HoldNotOpen, AlreadyReversed.
    PeriodClosed for a day whose books are closed. Deadlocks and serialisation failures are retried with the
    same keys unless the caller has a transaction open.
    """
    if not drafts:
        return []
    kept = distinct(drafts)
    for draft in kept.values():
        check_draft(draft)
    statement, arguments = _single(kept) or (_POST, _arguments(kept))
    rows = retried(lambda: _call(statement, arguments), one_statement=True)
    made = {key: Posted(*row) for key, row in zip(kept, rows, strict=True)}
    if len(made) == len(drafts):
        return list(made.values())
    return [made[draft.key] for draft in drafts]


def reverse_journal(journal_id: int, *, effective_on: date, reason: str, actor: str) -> Posted:
    """Post the exact negative of a journal, at most once: repeats give the first reversal.

    JournalNotFound; AlreadyReversed for a journal that is itself a reversal, or was reversed under
    another reason or day; InsufficientFunds where the money has moved on.
    """
    journal = Journal.objects.filter(id=journal_id).first()
    if journal is None:
        raise JournalNotFound(field="journal_id", value=journal_id)
    if journal.reversal_of_id is not None:
        raise AlreadyReversed("A reversal is not reversed; post the journal anew.", value=journal_id)
    draft = JournalDraft(
        idem=f"reverse:{journal_id}",
        kind="reversal",
        entries=negated(entries_of(journal_id)),
        effective_on=effective_on,
        source=journal.source,
        meta={"reason": reason, "actor": actor},
        reversal_of=journal_id,
    )
    try:
        return _post_reversal(draft)
    except KeyReused as exc:
        raise AlreadyReversed(field="journal_id", value=journal_id) from exc


def _post_reversal(draft: JournalDraft) -> Posted:
    """Two at once may meet in the index of reversals before that of keys; the second time the key is found."""
    try:
        return post_journals([draft])[0]
    except AlreadyReversed:
        return post_journals([draft])[0]


def entries_of(journal_id: int) -> tuple[Entry, ...]:
    """The lines of a journal, in order."""
    rows = EntryRow.objects.house().filter(journal_id=journal_id).select_related("account").order_by("line")
    return tuple(
        Entry(AccountKey(r.account.owner_id, r.account.code, r.account.currency), r.amount) for r in rows
    )


def place_hold(
    idem: UUID | str,
    *,
    account: AccountKey,
    amount_minor: int,
    now: datetime,
    expires_at: datetime | None = None,
    reason: str = "",
) -> HoldDTO:
    """Set `amount_minor` aside on a guarded account. InsufficientFunds, KeyReused; repeats are free."""
    if amount_minor <= 0:
        raise HoldNotOpen("A hold is of a positive amount.", field="amount_minor", value=amount_minor)
    body = [str(account.owner_id), account.code, account.currency, amount_minor, expires_at, reason]
    digest = digest_of(body)
    return retried(
        lambda: _place(key_of(idem), digest, account, Hold(
            idem=key_of(idem), req_hash=digest, amount=amount_minor, reason=reason,
            expires_at=expires_at, created_at=now,
        ))
    )  # fmt: skip


def capture_hold(hold_id: UUID, draft: JournalDraft) -> Posted:
    """Post `draft`, which takes between 1 and the held amount from the held account; the rest is freed."""
    return post_journals([_with_hold(draft, hold_id)])[0]


def void_hold(hold_id: UUID) -> HoldDTO:
    """Free a hold. Repeats are free; HoldNotOpen when it was captured or has expired."""
    return retried(lambda: _close(hold_id, HoldState.VOIDED))


def expire_holds(*, now: datetime, limit: int = 500) -> int:
    """Free open holds whose time is over; returns how many."""
    due = Hold.objects.filter(state=HoldState.OPEN, expires_at__lte=now).order_by("expires_at")
    ids = list(due.values_list("id", flat=True)[:limit])
    return sum(_expired(hold_id) for hold_id in ids)


def retried(work: Callable[[], _T], *, one_statement: bool = False) -> _T:
    """`work` in a savepoint or transaction; repeated after a lost race if no transaction is open.

    `one_statement`: outside a transaction the statement is its own, which spares two round trips.
    """
    nested = connection.in_atomic_block
    tries = 1 if nested else RETRIES
    for attempt in range(1, tries + 1):
        try:
            with nullcontext() if one_statement and not nested else transaction.atomic():
                return work()
        except DatabaseError as exc:
            if _sqlstate(exc) not in _RETRYABLE:
                _raise_typed(exc)
            if attempt == tries:
                raise
            time.sleep(random.uniform(0.002, 0.02) * attempt)  # noqa: S311 - jitter, not a secret
    raise AssertionError("unreachable")


def _call(statement: str, arguments: Sequence[Any]) -> list[tuple[int, bool]]:
    """Parameters travel beside the statement, not written into it: Django's own cursor would escape each."""
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        return list(cursor.execute(statement, arguments).fetchall())


def _single(drafts: Mapping[UUID, JournalDraft]) -> tuple[str, list[Any]] | None:
    """The call for one journal of distinct accounts that captures no hold; None for everything else."""
    [(key, draft), *others] = drafts.items()
    accounts = [entry.account for entry in draft.entries]
    if others or draft.hold_id is not None or len(set(accounts)) < len(accounts):
        return None
    amounts = array_literal([entry.amount_minor for entry in draft.entries])
    body = [
        key, draft.digest(), draft.kind, draft.source, draft.reversal_of or 0, draft.effective_on, _meta(draft)
    ]  # fmt: skip
    return _POST_ONE, [*_account_arrays(accounts), amounts, *body]


def _arguments(drafts: Mapping[UUID, JournalDraft]) -> list[Any]:
    """The arrays that finance_post takes."""
    accounts: dict[AccountKey, int] = {}
    entries: list[tuple[int, int, int, int]] = [
        (number, line, accounts.setdefault(entry.account, len(accounts) + 1), entry.amount_minor)
        for number, draft in enumerate(drafts.values(), start=1)
        for line, entry in enumerate(draft.entries, start=1)
    ]
    columns = [array_literal(column) for column in zip(*entries, strict=True)]
    return [*_account_arrays(list(accounts)), *_journal_arrays(drafts), *columns]


def _account_arrays(accounts: list[AccountKey]) -> list[Any]:
    chart = [chart_line(account.code) for account in accounts]
    return [
        array_literal([a.owner_id for a in accounts]),
        text_literal([a.code for a in accounts]),
        text_literal([a.currency for a in accounts]),
        text_literal([line.account_class for line in chart]),
        text_literal([line.kind for line in chart]),
        array_literal([line.rank for line in chart]),
        array_literal([line.min_balance for line in chart]),
    ]


def _journal_arrays(drafts: Mapping[UUID, JournalDraft]) -> list[Any]:
    bodies = list(drafts.values())
    return [
        array_literal(list(drafts)),
        bytes_literal([d.digest() for d in bodies]),
        text_literal([d.kind for d in bodies]),
        text_literal([d.source for d in bodies]),
        array_literal([d.reversal_of or 0 for d in bodies]),
        array_literal([d.hold_id for d in bodies]),
        array_literal([d.effective_on for d in bodies]),
        text_literal([_meta(d) for d in bodies]),
    ]


def _meta(draft: JournalDraft) -> str:
    return json.dumps(dict(draft.meta), default=str) if draft.meta else "{}"


def _place(key: UUID, digest: bytes, account: AccountKey, hold: Hold) -> HoldDTO:
    rows = Account.objects.house().select_for_update(no_key=True)
    row = rows.filter(owner_id=account.owner_id, code=account.code, currency=account.currency).first()
    before = Hold.objects.filter(idem=key).first()
    if before is not None:
        return _same_hold(before, digest)
    if row is None or row.min_balance is None or row.balance - row.held - hold.amount < row.min_balance:
        raise InsufficientFunds(field="account", value=f"{account.code} {account.currency}")
    row.held += hold.amount
    row.save(update_fields=["held"])
    hold.account = row
    hold.save(force_insert=True)
    return _hold_dto(hold)


def _same_hold(before: Hold, digest: bytes) -> HoldDTO:
    if bytes(before.req_hash) != digest:
        raise KeyReused(field="idem", value=before.idem)
    return _hold_dto(before)


def _close(hold_id: UUID, state: HoldState) -> HoldDTO:
    """Free a hold: the account is locked before the hold, as everywhere."""
    found = Hold.objects.filter(id=hold_id).values_list("account_id", flat=True).first()
    if found is None:
        raise HoldNotOpen("There is no such hold.", field="hold_id", value=hold_id)
    account = Account.objects.house().select_for_update(no_key=True).get(id=found)
    hold = Hold.objects.select_for_update(no_key=True).get(id=hold_id)
    if hold.state == state:
        return _hold_dto(hold)
    if (hold.state, str(state)) not in HOLD_MACHINE.edges:
        raise HoldNotOpen(field="state", value=hold.state)
    account.held -= hold.amount
    account.save(update_fields=["held"])
    hold.state = state
    hold.save(update_fields=["state"])
    return _hold_dto(hold)


def _expired(hold_id: UUID) -> bool:
    try:
        retried(lambda: _close(hold_id, HoldState.EXPIRED))
    except HoldNotOpen:
        return False
    return True


def _hold_dto(hold: Hold) -> HoldDTO:
    return HoldDTO(hold.id, hold.state, hold.amount, hold.captured)


def _with_hold(draft: JournalDraft, hold_id: UUID) -> JournalDraft:
    return JournalDraft(
        idem=draft.idem,
        kind=draft.kind,
        entries=draft.entries,
        effective_on=draft.effective_on,
        source=draft.source,
        meta=draft.meta,
        reversal_of=draft.reversal_of,
        hold_id=hold_id,
    )


def _sqlstate(exc: DatabaseError) -> str:
    return getattr(exc.__cause__, "sqlstate", "") or ""


def _raise_typed(exc: DatabaseError) -> NoReturn:
    """`exc` as the fact it stands for, else itself."""
    said = str(exc).splitlines()[0] if str(exc) else ""
    if error := _TYPED.get(_sqlstate(exc)):
        raise error(said) from exc
    if "reversal_of" in said:
        raise AlreadyReversed(said) from exc
    if "account_funds" in said or "account_held" in said:
        raise InsufficientFunds(said) from exc
    raise exc
