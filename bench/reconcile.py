"""Reconciliation: settlement files and a bank statement against the books, with faults whose truth is known.

    .venv/bin/python -m bench.reconcile [LINES]

Over 20 days a provider settles charges and refunds, and a bank statement (camt.053.001.08) shows what it paid in and what
went out to sellers. Of the lines about 4 % are spoilt: keys cut, in capitals, with letters exchanged or left out; amounts
short by a charge; seller payouts booked as one sum, or without any reference. About 1.3 % have no counterpart: lost on
either side, sent twice, of another amount. seconds: reading the files, matching both legs, writing groups, breaks and
journals. matched_pct: of the lines that have a counterpart. false_matches: groups that join what does not belong together.
Flattering: the faults are our own idea of what goes wrong, and one currency is used.
"""

from __future__ import annotations

import io
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

from bench._camt import Booked, write_camt
from bench._runner import result, scratch_database, stopwatch

FIRST, DAYS = date(2026, 9, 1), 20
NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
PSP = UUID(int=77)
SPOILT, LOST, ORPHANS, DOUBLED, WRONG, SHORT = 0.03, 0.004, 0.003, 0.002, 0.002, 0.006


@dataclass
class World:
    """What happened, and what the files say of it. `truth` maps (file, number) to what the line really is."""

    rnd: Random
    payments: list[tuple[UUID, int, date]] = field(default_factory=list)
    files: dict[str, list[tuple[str, str, int]]] = field(default_factory=dict)
    bank: list[tuple[Booked, frozenset[str]]] = field(default_factory=list)
    truth: dict[tuple[str, int], frozenset[str]] = field(default_factory=dict)
    payouts: list[tuple[UUID, str, int, date]] = field(default_factory=list)


def make_world(count: int, seed: int = 20261122) -> World:
    """`count` lines: nine in ten of the provider, the others of the bank."""
    world = World(Random(seed))
    _provider_lines(world, int(count * 0.93))
    _bank_lines(world, count - int(count * 0.93) - len(world.files))
    return world


def _provider_lines(world: World, count: int) -> None:
    rnd = world.rnd
    for number in range(count):
        key, amount = UUID(int=rnd.getrandbits(128), version=4), int(rnd.lognormvariate(8.3, 0.9)) + 50
        day = FIRST + timedelta(days=number * DAYS // count)
        line = ("charge", f"{key}-1", amount)
        said = rnd.random()
        reference = f"settle-{(day + timedelta(days=1)).isoformat()}"
        rows = world.files.setdefault(reference, [])
        real = frozenset({str(key)})
        if said < ORPHANS:
            real = frozenset({f"orphan {number}"})
        else:
            world.payments.append((key, amount, day))
        if ORPHANS <= said < ORPHANS + LOST:
            continue
        if said > 1 - SPOILT:
            line = ("charge", _spoilt(rnd, f"{key}-1"), amount)
        elif said > 1 - SPOILT - SHORT:
            line = ("charge", f"{key}-1", amount - rnd.randint(1, max(1, min(40, amount // 60))))
        elif said > 1 - SPOILT - SHORT - WRONG:
            line, real = ("charge", f"{key}-1", amount * 2 + 7), frozenset({f"wrong {number}"})
        _say(world, reference, rows, line, real)
        if said > 1 - SPOILT - SHORT - WRONG - DOUBLED and line[2] == amount and line[1].endswith(f"{key}-1"):
            _say(world, reference, rows, line, frozenset({f"double {number}"}))


def _say(
    world: World,
    reference: str,
    rows: list[tuple[str, str, int]],
    line: tuple[str, str, int],
    real: frozenset[str],
) -> None:
    rows.append(line)
    world.truth[reference, len(rows)] = real


def _spoilt(rnd: Random, key: str) -> str:
    """A key as it comes back from systems that cut, capitalise and mistype."""
    way = rnd.randrange(4)
    bare = key.replace("-", "")
    if way == 0:
        return bare.upper()
    if way == 1:
        return key[:30]
    if way == 2:
        place = rnd.randrange(2, 30)
        return bare[:place] + bare[place + 1] + bare[place] + bare[place + 2 :]
    return f"REF{bare[:24]}"


def _bank_lines(world: World, count: int) -> None:
    rnd = world.rnd
    for number in range(count):
        run_day = FIRST + timedelta(days=number * DAYS // count)
        payout, amount = UUID(int=rnd.getrandbits(128), version=4), int(rnd.lognormvariate(11, 0.8)) + 100
        world.payouts.append((payout, f"run-{run_day.isoformat()}", amount, run_day))
    by_run: dict[str, list[tuple[UUID, str, int, date]]] = defaultdict(list)
    for one in world.payouts:
        by_run[one[1]].append(one)
    for run, ones in by_run.items():
        bundled = rnd.sample(ones, min(len(ones), rnd.choice((0, 2, 3))))
        if bundled:
            total = -sum(one[2] for one in bundled)
            entry = Booked("", f"SAMMLER {run.upper()}", total, bundled[0][3] + timedelta(days=1))
            world.bank.append((entry, frozenset(str(one[0]) for one in bundled)))
        for payout, _, amount, day in (one for one in ones if one not in bundled):
            late, said = day + timedelta(days=rnd.randint(0, 2)), rnd.random()
            key = payout.hex if said < 0.8 else ""
            text = "" if said < 0.8 or said > 0.92 else f"PAYMENT {payout.hex[:22]} THANK YOU"
            world.bank.append((Booked(key, text, -amount, late), frozenset({str(payout)})))


def settlement_file(rows: list[tuple[str, str, int]]) -> bytes:
    """The provider's CSV, with its total."""
    out = io.StringIO()
    out.write("kind,key,currency,gross,fee\n")
    for kind, key, gross in rows:
        out.write(f"{kind},{key},EUR,{gross},{_fee(gross)}\n")
    out.write(f"total,,EUR,{sum(gross for *_, gross in rows)},{sum(_fee(gross) for *_, gross in rows)}\n")
    return out.getvalue().encode()


def _fee(gross: int) -> int:
    return gross * 14 // 1000 + 25


def post_books(world: World) -> None:
    """The house's own side: captured payments, payouts sent and paid."""
    from fondaco.systems.finance import models
    from fondaco.systems.finance import public as finance
    from fondaco.systems.finance.public import HOUSE, AccountKey, Entry, JournalDraft

    escrow, clearing = AccountKey(HOUSE, "suspense", "EUR"), AccountKey(PSP, "provider_clearing", "EUR")
    models.PaymentIntent.objects.bulk_create([
        models.PaymentIntent(
            id=key, idem=key, req_hash=b"", order_id=key, buyer_id=UUID(int=1), seller_id=UUID(int=2), provider_id=PSP,
            method="card", state="captured", currency="EUR", amount_minor=amount, escrow_currency="EUR", escrow_minor=amount,
            rate=1, rate_provider="identity", rate_on=day, effective_on=day, created_at=NOW, changed_at=NOW,
        ) for key, amount, day in world.payments
    ], batch_size=2_000)  # fmt: skip
    drafts = [
        JournalDraft(f"capture:{key}", "payment.captured", (Entry(clearing, -amount), Entry(escrow, amount)), day,
                     source=f"order:{key}", meta={"payment": str(key)}) for key, amount, day in world.payments
    ]  # fmt: skip
    bank, transit = AccountKey(HOUSE, "bank", "EUR"), AccountKey(UUID(int=2), "payout_in_transit", "EUR")
    for key, run, amount, day in world.payouts:
        sent, paid = (
            (Entry(escrow, -amount), Entry(transit, amount)),
            (Entry(transit, -amount), Entry(bank, amount)),
        )
        drafts.append(
            JournalDraft(f"sent:{key}", "payout.sent", sent, day, source=f"payout:{key}", meta={"run": run})
        )
        drafts.append(JournalDraft(f"paid:{key}", "payout.paid", paid, day, source=f"payout:{key}"))
    for start in range(0, len(drafts), 500):
        finance.post_journals(drafts[start : start + 500])


def take_and_match(world: World) -> tuple[float, list[str]]:
    """Read, match and write; the seconds, and what the runs said."""
    from fondaco.systems.finance import public as finance

    files = {reference: settlement_file(rows) for reference, rows in world.files.items()}
    with stopwatch() as taken:
        for reference, content in files.items():
            day = date.fromisoformat(reference.removeprefix("settle-"))
            finance.take_provider_file(content, provider_id=PSP, reference=reference, now=NOW, on=day)
        statement = _statement(world)
        finance.take_bank_statement(statement, now=NOW)
        told = [finance.run_reconciliation(leg, now=NOW, actor="bench") for leg in finance.LEGS]
    return taken["seconds"], [
        f"{r.leg}: {dict(r.matched)} matched, breaks {dict(r.breaks)}, {r.waiting} wait" for r in told
    ]


def _statement(world: World) -> bytes:
    """The bank's statement: the provider's sums of each day and the payouts."""
    rnd, rows = world.rnd, list(world.bank)
    for reference, lines in world.files.items():
        net = sum(gross - _fee(gross) for *_, gross in lines)
        day = date.fromisoformat(reference.removeprefix("settle-"))
        key, text = (reference, "PSP PAYOUT") if rnd.random() < 0.7 else ("", f"PSP {reference.upper()} EUR")
        rows.append((Booked(key, text, net, day), frozenset({reference})))
    rnd.shuffle(rows)
    for number, (_, real) in enumerate(rows, start=1):
        world.truth["statement-1", number] = real
    return write_camt("statement-1", "DE02100100100006820101", "EUR", [entry for entry, _ in rows])


def judge(world: World) -> tuple[float, int, Counter[str]]:
    """Matched share of what has a counterpart, groups that are wrong, and the breaks by what they really are."""
    from fondaco.systems.finance.models import ReconBreak, ReconLine

    ours = (
        {str(key) for key, *_ in world.payments} | {str(key) for key, *_ in world.payouts} | set(world.files)
    )
    groups: dict[UUID, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    matchable = matched = 0
    for row in ReconLine.objects.select_related("file"):
        if row.side == "ledger":
            real = frozenset({row.key})
        else:
            assert row.file
            real = world.truth[row.file.reference, row.number]
            matchable += real <= ours
            matched += real <= ours and row.group_id is not None
        if row.group_id:
            groups[row.group_id][row.side == "ledger"].update(real)
    wrong = sum(mine != theirs for theirs, mine in groups.values())
    kinds: Counter[str] = Counter()
    for found in ReconBreak.objects.select_related("line", "line__file"):
        line = found.line
        said = next(iter(world.truth[line.file.reference, line.number])) if line.file else "lost"
        kinds[f"{said.split()[0] if ' ' in said else 'ours'} -> {found.kind}"] += 1
    return 100 * matched / matchable, wrong, kinds


def main(count: int) -> None:
    """Make the world, post it, reconcile it, judge."""
    with scratch_database("reconcile"):
        from fondaco.systems.finance import public as finance

        world = make_world(count)
        post_books(world)
        seconds, told = take_and_match(world)
        share, wrong, kinds = judge(world)
        finance.seal_chain(limit=10**7)
        findings = finance.verify()
    print(*told, *sorted(kinds.items()), *findings, sep="\n")
    result({"lines": count, "matched_pct": share, "false_matches": wrong, "seconds": seconds})


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
