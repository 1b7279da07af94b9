"""A small demonstration book and the parties of a consignment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.parties.models import Organisation
from fondaco.systems.logistics.domain.dto import NewConsignment, PackedParcel, ParcelSpec, QuoteRequest
from fondaco.systems.logistics.public import book_consignments, ensure_demo_book, quote_many

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def own_cache(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """The rate store's files in a folder of this test's own."""
    settings.HOME = tmp_path
    yield tmp_path
    assert tmp_path == django_settings.HOME


@pytest.fixture
def demo_book(db: None, own_cache: Path) -> None:
    ensure_demo_book(now=NOW, services=60)


@pytest.fixture
def parties(db: None) -> dict[str, UUID]:
    made = [
        Organisation.objects.create(kind=kind, name=f"{kind} of the test", slug=f"test-{kind}", country="GB")
        for kind in (Kind.SELLER, Kind.BUYER, Kind.CARRIER)
    ]
    return {organisation.kind: organisation.pk for organisation in made}


def scope(organisation_id: UUID, kind: Kind) -> Scope:
    return Scope(organisation_id, kind)


def request_for(destination: str = "DE", *parcels: ParcelSpec, reference: str = "A") -> QuoteRequest:
    return QuoteRequest(
        reference=reference,
        origin="GB",
        destination=destination,
        postcode="",
        on=date(2026, 9, 1),
        parcels=parcels or (ParcelSpec(300, 220, 150, 3_000),),
    )


def new_consignment(
    parties: dict[str, UUID], *, parcels: int = 2, order_id: UUID | None = None
) -> NewConsignment:
    offer = quote_many([request_for()])[0].offers[0]
    parcel = PackedParcel("box-s", 308, 228, 158, mass_g=3_000, contents=(("mug", 4),), method="volume")
    return NewConsignment(
        order_id=order_id or new_id(),
        seller_id=parties[Kind.SELLER],
        buyer_id=parties[Kind.BUYER],
        carrier_id=parties[Kind.CARRIER],
        origin="GB",
        destination="DE",
        offer=offer,
        parcels=(parcel,) * parcels,
        refused_summary={"no-origin": 3},
        alternatives=(offer,),
        book_version="test",
    )


def booked(parties: dict[str, UUID], *, count: int = 1, parcels: int = 2) -> list:  # type: ignore[type-arg]
    new = [new_consignment(parties, parcels=parcels) for _ in range(count)]
    return book_consignments(new, actor="test", now=NOW)
