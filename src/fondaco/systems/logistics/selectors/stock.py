"""Reading stock: the day, the list, one article, waves, packing jobs and proposals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum

from fondaco.kernel.errors import NotFound
from fondaco.kernel.paging import newest_after
from fondaco.kernel.tenancy import Scope
from fondaco.systems.logistics.domain.stock.dto import Shelf
from fondaco.systems.logistics.models import (
    PackJob,
    Proposal,
    Reservation,
    StockBalance,
    StockBin,
    StockMovement,
    Store,
    Wave,
)
from fondaco.systems.logistics.selectors.stock_views import (
    BinView,
    JobView,
    MovementView,
    PickView,
    ProposalView,
    ReservationView,
    StockArticle,
    StockPage,
    StockRow,
    StoreView,
    WarehouseDay,
    WaveDetail,
    WaveView,
)

EXPIRES_SOON = timedelta(days=60)


def free_stock(seller_ids: Sequence[UUID], skus: Sequence[str]) -> dict[UUID, list[Shelf]]:
    """House work: what the stores of these sellers have free of these SKUs, by rank; one query without stores, else two."""
    if not seller_ids or not Store.objects.house().filter(seller_id__in=seller_ids).exists():
        return {}
    rows = StockBalance.objects.house().filter(
        seller_id__in=seller_ids, sku__in=skus, on_hand__gt=F("reserved")
    )
    fields = ("store_id", "store__code", "store__name", "store__kind", "store__country", "store__rank", "sku")
    found: dict[UUID, list[Shelf]] = defaultdict(list)
    for seller_id, free, store, code, name, kind, country, rank, sku in rows.order_by(
        "store__rank", "store__code", "sku"
    ).values_list("seller_id", F("on_hand") - F("reserved"), *fields):
        found[seller_id].append(Shelf(store, code, name, kind, country, rank, sku, free))
    return dict(found)


def list_stores(scope: Scope) -> tuple[StoreView, ...]:
    """The stores that `scope` may see with what waits in each; six queries whatever their number."""
    rows = list(Store.objects.of(scope).order_by("rank", "code"))
    ids = [row.pk for row in rows]
    held = Reservation.objects.of(scope).filter(state="held", expires_at=None)
    packing = PackJob.objects.of(scope).filter(state="to_pack")
    pick = dict(
        held.exclude(order_id__in=packing.values("order_id"))
        .values_list("store_id")
        .annotate(n=Count("order_id", distinct=True))
    )
    pack = dict(packing.values_list("wave__store_id").annotate(n=Count("pk")))
    coming = dict(
        Proposal.objects.of(scope).filter(state="ordered").values_list("store_id").annotate(n=Count("pk"))
    )
    balances = StockBalance.objects.of(scope).filter(store_id__in=ids).values_list("store_id")
    sums = {
        row[0]: row[1:]
        for row in balances.annotate(n=Count("pk"), a=Sum("on_hand"), b=Sum("reserved"), c=Sum("quarantined"))
    }
    waiting = (pick, pack, coming)
    return tuple(_store(s, sums.get(s.pk, (0, 0, 0, 0)), [n.get(s.pk, 0) for n in waiting]) for s in rows)


def _store(s: Store, sums: Sequence[int], waiting: Sequence[int]) -> StoreView:
    return StoreView(
        s.pk, s.code, s.name, s.kind, s.country, s.city, s.is_demo, s.lead_mean_days, s.lead_sd_days,
        s.lead_source, sums[0], sums[1], sums[2], sums[3], waiting[0], waiting[1], waiting[2],
    )  # fmt: skip


def warehouse_day(scope: Scope, *, today: date) -> WarehouseDay:
    """What to receive, pick, pack and count today; the same number of queries whatever there is."""
    bins = StockBin.objects.of(scope).filter(on_hand__gt=0)
    # Counted first: where pieces come and go most, of what nobody has counted yet.
    moved = StockMovement.objects.of(scope)
    counted = moved.filter(kind="count").values("bin_id")
    return WarehouseDay(
        stores=list_stores(scope),
        to_receive=list_proposals(scope, state="ordered", size=12)[0],
        waves=list_waves(scope, size=8),
        to_pack=_jobs(
            PackJob.objects.of(scope).filter(state="to_pack").order_by("wave__made_at", "place")[:12]
        ),
        to_count=_bins(bins.exclude(pk__in=counted).order_by("-on_hand", "pk"), 8),
        expiring=_bins(
            bins.filter(lot__expires_on__lte=today + EXPIRES_SOON).order_by("lot__expires_on", "pk"), 8
        ),
        proposals=Proposal.objects.of(scope).filter(state="suggested").count(),
    )


_SHOWS: dict[str, Q] = {
    "": Q(),
    "out": Q(on_hand__lte=F("reserved")),
    "reserved": Q(reserved__gt=0),
    "quarantine": Q(quarantined__gt=0),
    "on_order": Q(on_order__gt=0),
}
STOCK_SHOWS = tuple(_SHOWS)


def list_stock(
    scope: Scope,
    *,
    search: str = "",
    store_id: UUID | None = None,
    show: str = "",
    cursor: str = "",
    size: int = 50,
) -> StockPage:
    """A page of articles by SKU; `search` finds the beginning of an SKU or words of a title. Two queries."""
    rows = StockBalance.objects.of(scope).filter(_SHOWS.get(show, Q()))
    if store_id:
        rows = rows.filter(store_id=store_id)
    if search:
        rows = rows.filter(Q(sku__istartswith=search) | Q(title__icontains=search))
    total = rows.count()
    if cursor:
        sku, _, pk = cursor.rpartition("~")
        if not pk.isdecimal() or len(pk) > 18:
            raise NotFound(field="cursor", value=cursor[:60])
        rows = rows.filter(Q(sku__gt=sku) | Q(sku=sku, pk__gt=int(pk)))
    page = list(rows.select_related("store").order_by("sku", "pk")[: size + 1])
    more = len(page) > size
    page = page[:size]
    return StockPage(
        tuple(_stock_row(b) for b in page), total, f"{page[-1].sku}~{page[-1].pk}" if more else ""
    )


def stock_article(scope: Scope, sku: str) -> StockArticle:
    """One article with its lots and history; NotFound where `scope` keeps none. Four queries."""
    rows = list(
        StockBalance.objects.of(scope).filter(sku=sku).select_related("store").order_by("store__rank")
    )
    if not rows:
        raise NotFound(field="sku", value=sku)
    held = Reservation.objects.of(scope).filter(sku=sku).select_related("store").order_by("-held_at")[:25]
    return StockArticle(
        sku=sku,
        title=rows[0].title,
        rows=tuple(_stock_row(b) for b in rows),
        bins=_bins(
            StockBin.objects.of(scope).filter(sku=sku, on_hand__gt=0).order_by("lot__expires_on", "pk"), 100
        ),
        movements=list_movements(scope, sku=sku, size=50),
        reservations=tuple(
            ReservationView(r.order_id, r.number, r.store.name, r.quantity, r.state, r.held_at, r.expires_at)
            for r in held
        ),
    )


def list_movements(
    scope: Scope, *, sku: str = "", before: int = 0, size: int = 100
) -> tuple[MovementView, ...]:
    """Movements, newest first, from the one before `before`; one query."""
    rows = StockMovement.objects.of(scope)
    if sku:
        rows = rows.filter(sku=sku)
    if before:
        rows = rows.filter(pk__lt=before)
    rows = rows.select_related("store", "bin__location", "bin__lot").order_by("-pk")[:size]
    return tuple(
        MovementView(
            m.pk, m.store.name, m.bin.location.code, m.bin.lot.code, m.sku, m.kind, m.quantity, m.reference,
            m.reason, m.actor, m.at,
        )
        for m in rows
    )  # fmt: skip


def list_waves(scope: Scope, *, after: UUID | None = None, size: int = 30) -> tuple[WaveView, ...]:
    """Waves, newest first, past wave `after` where one is named; one query."""
    rows = newest_after(Wave.objects.of(scope), after, moment="made_at").select_related("store")
    return tuple(_wave(w) for w in _counted(rows)[:size])


def wave_detail(scope: Scope, wave_id: UUID) -> WaveDetail:
    """One wave with its walk in order and its jobs; NotFound where `scope` has none such. Four queries."""
    wave = _counted(Wave.objects.of(scope).select_related("store")).filter(pk=wave_id).first()
    if wave is None:
        raise NotFound(field="wave", value=str(wave_id))
    jobs = _jobs(wave.jobs.order_by("place"))
    titles = {line[0]: line[1] for job in jobs for line in job.lines}
    picks = wave.picks.select_related("location", "bin__lot", "job").order_by(
        "place", "location__level", "pk"
    )
    return WaveDetail(
        _wave(wave),
        tuple(
            PickView(
                p.place, p.location.code, p.sku, titles.get(p.sku, ""), p.bin.lot.code, p.quantity, p.job.place,
                p.job.number,
            )
            for p in picks
        ),
        jobs,
    )  # fmt: skip


def packing_job(scope: Scope, job_id: UUID) -> JobView:
    """One packing job with its lines and last scans; NotFound where `scope` has none such. Three queries."""
    found = _jobs(PackJob.objects.of(scope).filter(pk=job_id), scans=True)
    if not found:
        raise NotFound(field="job", value=str(job_id))
    return found[0]


def find_job(scope: Scope, code: str) -> UUID | None:
    """The open packing job of a scanned order number."""
    found: UUID | None = (
        PackJob.objects.of(scope)
        .filter(number__iexact=code.strip(), state="to_pack")
        .values_list("pk", flat=True)
        .first()
    )
    return found


def packed_on(scope: Scope, day: date) -> tuple[JobView, ...]:
    """What was packed on a day (UTC), in order: the manifest's rows. Two queries."""
    rows = PackJob.objects.of(scope).filter(state="complete", ended_at__date=day)
    return _jobs(rows.order_by("ended_at")[:500])


def list_proposals(
    scope: Scope,
    *,
    state: str = "suggested",
    store_id: UUID | None = None,
    search: str = "",
    offset: int = 0,
    size: int = 50,
) -> tuple[tuple[ProposalView, ...], int]:
    """Proposals in a state, largest first, and how many there are. Two queries."""
    rows = Proposal.objects.of(scope)
    if state:
        rows = rows.filter(state=state)
    if store_id:
        rows = rows.filter(store_id=store_id)
    if search:
        rows = rows.filter(Q(sku__istartswith=search) | Q(title__icontains=search))
    total = rows.count()
    page = rows.select_related("store").order_by("-on", "-proposed", "pk")[offset : offset + size]
    return tuple(_proposal(p) for p in page), total


def proposal_detail(scope: Scope, proposal_id: UUID) -> ProposalView:
    """One proposal; NotFound where `scope` has none such. One query."""
    row = Proposal.objects.of(scope).select_related("store").filter(pk=proposal_id).first()
    if row is None:
        raise NotFound(field="proposal", value=str(proposal_id))
    return _proposal(row)


def _proposal(p: Proposal) -> ProposalView:
    return ProposalView(
        p.pk, p.store_id, p.store.name, p.store.kind, p.sku, p.title, p.on, p.state, p.policy, p.proposed,
        p.decided, p.decided_by, p.decided_at, p.why,
    )  # fmt: skip


def _stock_row(b: StockBalance) -> StockRow:
    return StockRow(
        b.pk, b.store_id, b.store.name, b.sku, b.title, b.on_hand, b.reserved, b.quarantined, b.on_order
    )


def _bins(rows: QuerySet[StockBin], size: int) -> tuple[BinView, ...]:
    return tuple(
        BinView(
            b.pk, b.store.name, b.location.code, b.lot.code, b.lot.origin, b.lot.supplier, b.lot.document,
            b.lot.customs_document, b.customs, b.lot.expires_on, b.lot.received_at, b.on_hand, b.allocated,
            b.location.saleable, b.sku,
        )
        for b in rows.select_related("store", "location", "lot")[:size]
    )  # fmt: skip


def _counted(rows: QuerySet[Wave]) -> QuerySet[Wave]:
    return rows.annotate(
        job_count=Count("jobs", distinct=True),
        packed_count=Count("jobs", filter=Q(jobs__state="complete"), distinct=True),
    )


def _wave(w: Any) -> WaveView:
    return WaveView(
        w.pk, w.number, w.store.name, w.state, w.walk_mm, w.s_shape_mm, w.made_at, w.made_by, w.job_count,
        w.packed_count,
    )  # fmt: skip


def _jobs(rows: QuerySet[PackJob], *, scans: bool = False) -> tuple[JobView, ...]:
    also = ("lines", "scans") if scans else ("lines",)
    return tuple(
        JobView(
            j.pk, j.wave_id, j.wave.number, j.wave.store.name, j.place, j.order_id, j.number, j.state, j.ended_at,
            tuple(sorted((line.sku, line.title, line.packed, line.expected) for line in j.lines.all())),
            tuple((s.code, s.verdict, s.at) for s in sorted(j.scans.all(), key=lambda s: -s.pk)[:12]) if scans else (),
        )
        for j in rows.select_related("wave__store").prefetch_related(*also)
    )  # fmt: skip
