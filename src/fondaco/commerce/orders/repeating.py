"""A file imported again as it was: answered from the import before, without reading its rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from fondaco.commerce.orders.domain.mapping import ColumnMapping
from fondaco.commerce.orders.dto import ImportReport
from fondaco.commerce.orders.models import ImportBatch, Order, Return
from fondaco.commerce.orders.states import BatchState
from fondaco.kernel.errors import RowError

SAMPLE_ROWS = 20
_CONFLICT = "order-in-progress"
_PLAIN = ("lines_in", "orders_in", "returns_in", "returns_linked", "rejected_orders", "rejected_lines")


def reading_digest(mapping: ColumnMapping, *, file_format: str) -> str:
    """Digest of all that decides how a file of `file_format` is read, but the file itself."""
    said = json.dumps([mapping.as_dict(), file_format], sort_keys=True, default=str)
    return sha256(f"{_reader_digest()} {said}".encode()).hexdigest()


@cache
def _reader_digest() -> str:
    """Digest of the code that reads: what a new release reads otherwise is read again."""
    own = Path(__file__).parent
    code = sorted([*(own / "domain").glob("*.py"), *(own / "adapters").glob("*.py")])
    return sha256(b"".join(path.read_bytes() for path in code)).hexdigest()


def same_import(seller_id: UUID, *, file_sha256: str, reading_sha256: str) -> ImportBatch | None:
    """The seller's latest import, if it was of this very file read this very way, and all of it counts.

    Any import after it may have changed its orders; an order that was under way may be free by now.
    """
    latest = ImportBatch.objects.house().filter(seller_id=seller_id).order_by("-started_at", "-id").first()
    if latest is None or latest.state != BatchState.DONE or _CONFLICT in latest.reasons:
        return None
    same = (latest.file_sha256, latest.reading_sha256) == (file_sha256, reading_sha256)
    return latest if same and _all_there(latest) else None


def _all_there(batch: ImportBatch) -> bool:
    """Whether the seller still has as many orders and returns as the import left."""
    orders, returns = Order.objects.house(), Return.objects.house()
    return orders.filter(seller_id=batch.seller_id).count() >= _orders(batch.counts) and returns.filter(
        seller_id=batch.seller_id
    ).count() >= _returns(batch.counts)


def _orders(counts: Mapping[str, int]) -> int:
    return sum(counts[f"orders_{done}"] for done in ("created", "updated", "unchanged"))


def _returns(counts: Mapping[str, int]) -> int:
    return counts["returns_created"] + counts["returns_unchanged"]


def repeated(batch: ImportBatch, *, rejects: Path | None) -> ImportReport:
    """What importing the file of `batch` again comes to: the same refusals, and nothing new."""
    kept = batch.counts
    refused = batch.rejects.order_by("row").values_list("errors", flat=True)[:SAMPLE_ROWS]
    return ImportReport(
        batch_id=batch.pk, file_name=batch.file_name, file_format=batch.file_format, encoding=batch.encoding,
        shift_weeks=batch.shift_weeks, orders_created=0, orders_updated=0, returns_created=0,
        orders_unchanged=_orders(kept), returns_unchanged=_returns(kept),
        reasons=batch.reasons, rejects_path=rejects,
        sample=tuple(_error(each) for errors in refused for each in errors),
        **{name: kept[name] for name in _PLAIN},
    )  # fmt: skip


def _error(kept: dict[str, object]) -> RowError:
    return RowError(**kept)  # type: ignore[arg-type]
