"""The pages of documents: what there is, who was let in, who looked; with the names of orders and parties."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from fondaco.commerce.orders import public as orders
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.parties import public as parties
from fondaco.parties.public import OrganisationDTO
from fondaco.systems.sharing import public as sharing
from fondaco.systems.sharing.public import DocumentDTO, DocumentFile, GrantDTO, ReceiptDTO

EXPORT_PAGE = 200
PRINTING = "print"
# With whom papers are usually shared; the buyer and the authority of an order see its papers anyway.
_PARTNERS = (Kind.BANK, Kind.CARRIER, Kind.CUSTOMS, Kind.TAX, Kind.PSP, Kind.PARK, Kind.SELLER)


@dataclass(frozen=True, slots=True)
class PaperList:
    """A page of documents, the numbers of their orders, and what others let the reader see."""

    rows: tuple[DocumentDTO, ...]
    has_more: bool
    numbers: Mapping[UUID, str]
    shared: tuple[tuple[DocumentDTO, GrantDTO], ...] = ()
    names: Mapping[UUID, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PaperSheet:
    """One document. Of a guest's only the document itself; of an owner's also who was let in and who looked."""

    document: DocumentDTO
    own: bool
    number: str
    grants: tuple[GrantDTO, ...]
    receipts: tuple[ReceiptDTO, ...]
    names: Mapping[UUID, str]
    partners: tuple[tuple[Kind, tuple[OrganisationDTO, ...]], ...]


def paper_list(
    scope: Scope, *, kind: str, search: str, order_id: UUID | None, offset: int, size: int, now: datetime
) -> PaperList:
    """The documents that `scope` has a part in: the same number of queries for 1 row and for 50."""
    if order_id:
        found = [d for d in sharing.documents_for([order_id], scope=scope)[order_id] if kind in ("", d.kind)]
        found = found[offset : offset + size + 1]
    else:
        found = sharing.list_documents(scope, kind=kind, search=search, limit=size + 1, offset=offset)
    shared = tuple(sharing.documents_shared_with(scope, now=now)) if not offset else ()
    shown = tuple(found[:size])
    return PaperList(
        rows=shown,
        has_more=len(found) > size,
        numbers=_numbers([*(d.order_id for d in shown), *(d.order_id for d, _ in shared)]),
        shared=shared,
        names=_names(grant.granted_by_id for _, grant in shared),
    )


def every_paper(scope: Scope, *, kind: str, search: str) -> Iterator[tuple[DocumentDTO, str]]:
    """All documents that match with their orders' numbers: for an export."""
    offset = 0
    while page := sharing.list_documents(scope, kind=kind, search=search, limit=EXPORT_PAGE, offset=offset):
        numbers = _numbers(d.order_id for d in page)
        yield from ((d, numbers.get(d.order_id, "")) for d in page)
        offset += EXPORT_PAGE


def papers_of_orders(
    scope: Scope, order_ids: Sequence[UUID], *, now: datetime
) -> Iterator[tuple[str, DocumentFile]]:
    """(number of the order, file) of every paper of these orders that `scope` owns; each look is recorded."""
    found = sharing.documents_for(order_ids, scope=scope)
    numbers = _numbers(order_id for order_id, papers in found.items() if papers)
    for order_id, papers in found.items():
        for paper in papers:
            file = sharing.document_file(scope, paper.id, now=now, purpose=PRINTING)
            yield numbers.get(order_id, ""), file


def paper_sheet(scope: Scope, document_id: UUID, *, now: datetime) -> PaperSheet:
    """One document that `scope` may see, else NotFound."""
    document, own = sharing.document_detail(scope, document_id, now=now)
    grants = tuple(sharing.grants_of(scope, document_id, now=now)) if own else ()
    receipts = tuple(sharing.receipts_for(scope, document_id)) if own else ()
    parties_in = (
        {g.grantee_id for g in grants}
        | {g.granted_by_id for g in grants}
        | {r.organisation_id for r in receipts}
    )
    return PaperSheet(
        document=document,
        own=own,
        number=_numbers([document.order_id]).get(document.order_id, ""),
        grants=grants,
        receipts=receipts,
        names=_names(parties_in),
        partners=_partners(scope) if own else (),
    )


def _partners(scope: Scope) -> tuple[tuple[Kind, tuple[OrganisationDTO, ...]], ...]:
    groups = (
        (kind, tuple(one for one in parties.organisations_of_kind(kind) if one.id != scope.organisation_id))
        for kind in _PARTNERS
    )
    return tuple((kind, found) for kind, found in groups if found)


def _numbers(order_ids: Iterable[UUID]) -> dict[UUID, str]:
    return orders.numbers_of(list(set(order_ids)))


def _names(ids: Iterable[UUID]) -> dict[UUID, str]:
    return {key: who.name for key, who in parties.organisations(set(ids)).items()}
