"""Reconciling the books with what providers and the bank say: take files in, match, book what matching explains.

Two legs, three ways: the ledger's clearing account against the provider's settlement lines, and the ledger's bank
account, where each settlement file arrives as one sum, against the bank's statement.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from fondaco.kernel import audit, outbox
from fondaco.kernel.bulk import insert_many, update_many
from fondaco.kernel.errors import Refused
from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money
from fondaco.systems.finance.adapters.camt import BankStatement, read_statements
from fondaco.systems.finance.adapters.settlement_file import read_settlement_file
from fondaco.systems.finance.domain.ledger import HOUSE, AccountKey, JournalDraft, lines
from fondaco.systems.finance.domain.payments import ProviderFile, ProviderLine
from fondaco.systems.finance.domain.reconciliation import Break, Item, Limits, Match, Outcome, reconcile
from fondaco.systems.finance.models import (
    BreakState,
    FileKind,
    ProviderBatch,
    ReconBreak,
    ReconFile,
    ReconLine,
)
from fondaco.systems.finance.services.collections import arrived_transfers, book_collection
from fondaco.systems.finance.services.expected import receive_expected
from fondaco.systems.finance.services.ledger import post_journals
from fondaco.systems.finance.services.provider_files import FileReport, book_provider_file
from fondaco.systems.finance.services.recon_plan import PlanChanged, PlannedLine, name_plan, planned_lines

CLEARING, BANK = "clearing", "bank"
LEGS = (CLEARING, BANK)
DIFFERENCE = "reconciliation_difference"
# What the ledger has on the two accounts and nobody has laid beside the other side yet. Amounts are turned: an
# asset grows by a debit, which the ledger writes as minus.
_COLLECT = """
INSERT INTO finance_reconline (id, leg, side, source, key, text, batch, currency, amount_minor, fee_minor, "on", number, journal_id, line)
SELECT gen_random_uuid(), CASE a.code WHEN 'bank' THEN 'bank' ELSE 'clearing' END, 'ledger',
       CASE a.code WHEN 'bank' THEN 'bank' ELSE a.owner_id::text END,
       left(CASE a.code WHEN 'bank' THEN coalesce(j.meta->>'creditor_reference', nullif(substr(j.source, strpos(j.source, ':') + 1), ''), j.id::text)
                        ELSE coalesce(j.meta->>'payment', j.meta->>'refund', j.meta->>'case', j.meta->>'return', substr(j.source, strpos(j.source, ':') + 1)) END, 120),
       j.kind, left(coalesce((SELECT s.meta->>'run' FROM finance_journal s WHERE j.kind = 'payout.paid'
                               AND s.source = j.source AND s.kind = 'payout.sent' LIMIT 1),
                     j.meta->>'basket', CASE WHEN strpos(j.meta->>'case', '#') > 0 THEN split_part(j.meta->>'case', '#', 1) END, ''), 80), e.currency, -e.amount, 0, j.effective_on, 0, e.journal_id, e.line
  FROM finance_entry e JOIN finance_account a ON a.id = e.account_id
  JOIN finance_journal j ON j.id = e.journal_id
 WHERE a.code IN ('bank', 'provider_clearing') AND NOT EXISTS (
         SELECT 1 FROM finance_reconline l WHERE l.journal_id = e.journal_id AND l.line = e.line)
   AND j.kind NOT LIKE 'reconciliation.%%'
   AND NOT (a.code = 'provider_clearing' AND j.kind = 'provider.settled')
"""


class FileChanged(Refused):
    code = "file-changed"
    title = "A file of this name was taken in before with other content."
    remedy = "Ask the sender which of the two is right. Nothing was taken in or posted."


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file as taken in; `fresh` is False for one that was there before."""

    kind: str
    source: str
    reference: str
    lines: int
    booked: int
    fresh: bool


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run made, or with `dry_run` would make, of one leg, and what it posts; `plan` names exactly that."""

    leg: str
    ledger_lines: int
    other_lines: int
    matched: Mapping[str, int]
    breaks: Mapping[str, int]
    waiting: int
    dry_run: bool
    postings: tuple[PlannedLine, ...] = ()
    plan: str = ""

    @property
    def matched_lines(self) -> int:
        return sum(self.matched.values())


def take_provider_file(
    content: bytes,
    *,
    provider_id: UUID,
    reference: str,
    now: datetime,
    on: date | None = None,
    collected: bool = False,
) -> TakenFile:
    """Book a settlement file (services.provider_files) and keep its lines for matching, once per reference.

    With `collected` it is a courier's remittance: what it names is paid by being in it (services.collections).

    BadSettlementFile for a wrong total, encoding or cell, FileChanged for other content under a known name: then
    nothing is posted.
    """
    file = read_settlement_file(reference, content)
    return _take(file, content, provider_id=provider_id, now=now, on=on or now.date(), collected=collected)


def take_transfers(provider_id: UUID, *, now: datetime) -> list[TakenFile]:
    """Book the transfers of buyers that statements show, each as a file of one line named by its creditor reference.

    Its payment is captured and settled; what is no exact payment stays for the reconciliation desk.
    """
    return [
        _take(
            ProviderFile(one.reference, (ProviderLine("charge", one.key, one.amount, Money.zero(one.amount.currency)),)),
            f"{one.key} {one.amount}".encode(), provider_id=provider_id, now=now, on=one.on, collected=True,
        )
        for one in arrived_transfers(provider_id)
    ]  # fmt: skip


def _take(
    file: ProviderFile, content: bytes, *, provider_id: UUID, now: datetime, on: date, collected: bool
) -> TakenFile:
    with transaction.atomic():
        row, fresh = _file(
            FileKind.PROVIDER,
            str(provider_id),
            file.reference,
            content,
            count=len(file.lines),
            days=(on, on),
            now=now,
        )
        book = book_collection if collected else book_provider_file
        report = book(file, provider_id=provider_id, now=now, on=on)
        if fresh:
            _keep_provider_lines(row, file, provider_id, on=on)
    return _taken(row, report, fresh=fresh)


def take_bank_statement(content: bytes, *, now: datetime) -> list[TakenFile]:
    """Keep the lines of a camt.053 document for matching, once per account and statement. BadStatement, FileChanged."""
    statements = read_statements(content)
    with transaction.atomic():
        return [_take_statement(statement, content, now=now) for statement in statements]


def _take_statement(said: BankStatement, content: bytes, *, now: datetime) -> TakenFile:
    row, fresh = _file(
        FileKind.BANK, said.account, said.reference, content, count=len(said.lines), days=(said.first_on, said.last_on), now=now,
        opening_minor=said.opening_minor, closing_minor=said.closing_minor,
    )  # fmt: skip
    if fresh:
        insert_many("finance_reconline", _COLUMNS, [
            (new_id(), BANK, "other", "bank", one.key, one.text, one.batch, said.currency, one.amount_minor, 0,
             one.booked_on, row.id, one.number, 0) for one in said.lines
        ])  # fmt: skip
    return TakenFile(row.kind, row.source, row.reference, row.lines, 0, fresh)


_COLUMNS = ("id", "leg", "side", "source", "key", "text", "batch", "currency", "amount_minor", "fee_minor", "on", "file_id", "number", "line")  # fmt: skip


def _file(
    kind: FileKind, source: str, reference: str, content: bytes, *, count: int, days: tuple[date, date], now: datetime,
    opening_minor: int | None = None, closing_minor: int | None = None,
) -> tuple[ReconFile, bool]:  # fmt: skip
    digest = hashlib.sha256(content).hexdigest()
    row, fresh = ReconFile.objects.get_or_create(
        kind=kind, source=source, reference=reference,
        defaults={"sha256": digest, "lines": count, "first_on": days[0], "last_on": days[1], "received_at": now,
                  "opening_minor": opening_minor, "closing_minor": closing_minor},
    )  # fmt: skip
    if row.sha256 != digest:
        raise FileChanged(field="reference", value=reference)
    return row, fresh


def _keep_provider_lines(row: ReconFile, file: ProviderFile, provider_id: UUID, *, on: date) -> None:
    insert_many("finance_reconline", _COLUMNS, [
        (new_id(), CLEARING, "other", str(provider_id), _key(line.key), line.kind, file.reference, line.gross.currency,
         line.gross.minor, line.fee.minor, on, row.id, number, 0)
        for number, line in enumerate(file.lines, start=1)
    ])  # fmt: skip


def _key(said: str) -> str:
    """A provider's key without the number of the attempt: what the ledger calls the payment or return."""
    bare = said.removeprefix("refund-")
    if said.startswith("dispute-"):
        return said.removeprefix("dispute-")
    return bare[:36] if len(bare) > 36 and bare[36] == "-" else bare


def _taken(row: ReconFile, report: FileReport, *, fresh: bool) -> TakenFile:
    return TakenFile(row.kind, row.source, row.reference, row.lines, report.matched, fresh)


def run_reconciliation(
    leg: str,
    *,
    now: datetime,
    actor: str,
    dry_run: bool = False,
    plan: str = "",
    limits: Limits | None = None,
) -> RunReport:
    """Match one leg. `dry_run` only tells; otherwise matches and breaks are kept and differences within tolerance booked.

    With the `plan` of a dry run exactly what that one told is kept and posted, or nothing: PlanChanged.

    Lines of the ledger that the other side's files do not reach yet wait and are no breaks. Repeats find what is new.
    On the bank's leg what others had promised to transfer is booked first where a statement shows it.
    """
    chosen = limits or Limits()
    with transaction.atomic():
        received = receive_expected(now=now, actor=actor) if leg == BANK else []
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('finance_reconciliation'))")
            cursor.execute(_COLLECT)
        written_off = ReconBreak.objects.filter(state=BreakState.RESOLVED, line__leg=leg).values("line_id")
        open_lines = ReconLine.objects.filter(leg=leg, group__isnull=True).exclude(id__in=written_off)
        rows = {str(row.id): row for row in open_lines}
        told = _reconciled(rows.values(), chosen)
        reach = _reach(leg, chosen)
        late = [one for one in told.breaks if _is_due(rows[one.item.id], reach)]
        groups = _groups(told.matches, rows)
        drafts = _drafts(groups, on=now.date())
        lines_ = planned_lines(drafts, received=[one.journal_id for one in received if one.journal_id])
        named = name_plan(leg, told.matches, rows, lines=lines_)
        report = replace(_report(leg, rows, told, late, dry_run=dry_run), postings=lines_, plan=named)
        if plan not in ("", named):
            raise PlanChanged(field="plan", value=plan)
        if dry_run:
            transaction.set_rollback(True)
            return report
        _keep_groups(groups, drafts, actor=actor, now=now)
        _keep_breaks(late, now=now)
        _tell(report, actor=actor, now=now)
    return report


def _reconciled(rows: Iterable[ReconLine], limits: Limits) -> Outcome:
    """Each provider, and each of the bank's accounts, by itself: lines of two of them are never the same money."""
    by_source: dict[tuple[str, str], list[Item]] = {}
    for row in rows:
        account = row.currency if row.leg == BANK else ""
        by_source.setdefault((row.source, account), []).append(_item(row))
    told = [reconcile(items, limits) for _, items in sorted(by_source.items())]
    return Outcome(
        tuple(m for one in told for m in one.matches), tuple(b for one in told for b in one.breaks)
    )


def _item(row: ReconLine) -> Item:
    return Item(
        str(row.id), row.side, row.key, row.currency, row.amount_minor, row.on, row.text,
        row.batch if row.leg == BANK or row.side == "ledger" else "",
    )  # fmt: skip


def _reach(leg: str, limits: Limits) -> dict[str, date]:
    """Up to which day the other side's files must have named everything, by source."""
    last = (
        ReconLine.objects.filter(leg=leg, side="other").values_list("source").annotate(Max("on")).order_by()
    )
    return {source: day - timedelta(days=limits.days) for source, day in last}


def _is_due(row: ReconLine, reach: Mapping[str, date]) -> bool:
    return row.side == "other" or row.on <= reach.get(row.source, date.min)


def _report(
    leg: str, rows: Mapping[str, ReconLine], told: Outcome, late: Sequence[Break], *, dry_run: bool
) -> RunReport:
    sides = Counter(row.side for row in rows.values())
    matched: Counter[str] = Counter()
    for match in told.matches:
        matched[match.rule] += len(match.other)
    kinds = Counter(one.kind for one in late)
    waiting = len(told.breaks) - len(late)
    return RunReport(leg, sides["ledger"], sides["other"], dict(matched), dict(kinds), waiting, dry_run)


def _keep_breaks(late: Sequence[Break], *, now: datetime) -> None:
    """Open what is new; what was open says what is known of it by now: the other side's line may have come since."""
    columns = ("id", "line_id", "kind", "state", "opened_on", "owner", "note", "theirs_minor", "proposed_by", "resolved_by", "resolution")  # fmt: skip
    insert_many("finance_reconbreak", columns, [
        (new_id(), one.item.id, one.kind, BreakState.OPEN, now.date(), "", "", one.theirs, "", "", "") for one in late
    ], skip_existing=True)  # fmt: skip
    known = ReconBreak.objects.filter(line__in=[one.item.id for one in late]).exclude(
        state=BreakState.RESOLVED
    )
    stand = {
        str(line): (key, kind, theirs)
        for key, line, kind, theirs in known.values_list("id", "line_id", "kind", "theirs_minor")
    }
    told = [(stand[one.item.id], one) for one in late if one.item.id in stand]
    update_many("finance_reconbreak", ("id", "kind", "theirs_minor"), [
        (key, one.kind, one.theirs) for (key, *was), one in told if was != [one.kind, one.theirs]
    ])  # fmt: skip


def keep_matches(
    matches: Sequence[Match], rows: Mapping[str, ReconLine], *, actor: str, now: datetime
) -> list[UUID]:
    """Keep groups, close the breaks of their lines, and book what they explain: suspense and differences."""
    groups = _groups(matches, rows)
    _keep_groups(groups, _drafts(groups, on=now.date()), actor=actor, now=now)
    return [key for key, _, _ in groups]


_Group = tuple[UUID, Match, list[ReconLine]]


def _groups(matches: Sequence[Match], rows: Mapping[str, ReconLine]) -> list[_Group]:
    return [(new_id(), match, [rows[i.id] for i in (*match.ledger, *match.other)]) for match in matches]


def _drafts(groups: Sequence[_Group], *, on: date) -> list[tuple[Match, JournalDraft]]:
    """The journals of the matches that explain something."""
    kept = suspended([row for _, _, own in groups for row in own]) if groups else set()
    made = [(match, _explained(key, match, own, kept, on=on)) for key, match, own in groups]
    return [(match, draft) for match, draft in made if draft]


def _keep_groups(
    groups: Sequence[_Group], drafts: Sequence[tuple[Match, JournalDraft]], *, actor: str, now: datetime
) -> None:
    if not groups:
        return
    insert_many(
        "finance_recongroup",
        ("id", "leg", "rule", "currency", "residual_minor", "made_by", "made_at"),
        [(key, own[0].leg, match.rule, own[0].currency, match.residual, actor, now) for key, match, own in groups],
    )  # fmt: skip
    pairs = [(row.id, key) for key, _, own in groups for row in own]
    update_many("finance_reconline", ("id", "group_id"), pairs)
    ReconBreak.objects.filter(line__in=[line for line, _ in pairs]).exclude(state=BreakState.RESOLVED).update(
        state=BreakState.RESOLVED, resolution="matched", resolved_by=actor, resolved_at=now, proposed_by=""
    )
    post_journals([draft for _, draft in drafts])


def _explained(
    group: UUID, match: Match, members: Sequence[ReconLine], kept: set[UUID], *, on: date
) -> JournalDraft | None:
    """The journal of a match: money leaves suspense for the claim it settles; the rest is the house's difference."""
    first, residual = members[0], match.residual
    difference = (AccountKey(HOUSE, DIFFERENCE, first.currency), -residual)
    if first.leg == BANK:
        entries = lines((AccountKey(HOUSE, "bank", first.currency), residual), difference)
    else:
        waiting = sum(row.amount_minor for row in members if row.id in kept)
        claim = sum(i.amount for i in match.ledger) - sum(i.amount for i in match.other) + waiting
        entries = lines(
            (AccountKey(HOUSE, "suspense", first.currency), -waiting),
            (AccountKey(UUID(first.source), "provider_clearing", first.currency), claim),
            difference,
        )
    if not entries:
        return None
    return JournalDraft(
        f"recon-group:{group}", "reconciliation.matched", entries, on, source=f"recon:{group}"
    )


def suspended(members: Sequence[ReconLine]) -> set[UUID]:
    """Which provider lines were booked to suspense when their file was taken in."""
    theirs = [row for row in members if row.side == "other" and row.leg == CLEARING]
    files = ReconFile.objects.filter(id__in={row.file_id for row in theirs}, kind=FileKind.PROVIDER)
    numbers: dict[UUID, set[int]] = {}
    for file in files:
        batch = ProviderBatch.objects.filter(provider_id=UUID(file.source), reference=file.reference).first()
        numbers[file.id] = {one.get("number") for one in (batch.breaks if batch else [])}
    return {row.id for row in theirs if row.file_id and row.number in numbers.get(row.file_id, set())}


def _tell(report: RunReport, *, actor: str, now: datetime) -> None:
    detail = {"matched": dict(report.matched), "breaks": dict(report.breaks), "waiting": report.waiting}
    audit.record([audit.Deed("finance.reconciled", "leg", report.leg, None, detail)], actor=actor, at=now)
    outbox.append([outbox.Event("finance.reconciled", report.leg, detail)])
