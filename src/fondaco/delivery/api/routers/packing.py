"""Packing on demand, and EDI of consignments."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from fondaco.delivery.api.auth import scope_of
from fondaco.kernel import clock
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import Carton, Packing, PackItem, PackRequest

router = Router(tags=["logistics"])

Side = Annotated[int, Field(ge=1, le=20_000)]


class ItemIn(Schema):
    """Equal pieces of one article: sides in millimetres, each piece's mass in grams."""

    sku: str = Field(min_length=1, max_length=60)
    quantity: int = Field(1, ge=1, le=200)
    length_mm: Side
    width_mm: Side
    height_mm: Side
    mass_g: int = Field(ge=1, le=1_000_000)
    keep_upright: bool = Field(False, description="This side up: turned on its base only.")


class BoxIn(Schema):
    """A box to pack into: inner sides in millimetres, own mass and the greatest mass of contents in grams."""

    code: str = Field(min_length=1, max_length=40)
    inner_length_mm: Side
    inner_width_mm: Side
    inner_height_mm: Side
    wall_mm: int = Field(0, ge=0, le=100)
    tare_g: int = Field(0, ge=0, le=100_000)
    max_contents_g: int = Field(ge=1, le=1_000_000)


class PackIn(Schema):
    """What to pack; without boxes, into the house's own cartons."""

    items: list[ItemIn] = Field(min_length=1, max_length=60)
    boxes: list[BoxIn] = Field(default_factory=list, max_length=20)


@router.post("/packings", response=Packing)
def pack(request: HttpRequest, body: PackIn) -> Packing:
    """As few boxes as can be found, with the place of every piece and what stands behind the number of boxes.

    `proof` is "proved" (no packing takes fewer), "search" (fewer was looked for) or "volume" (more than 200
    pieces). Pieces that fit no box come as parcels of their own; what may not travel is in `unpackable`.
    """
    asked = PackRequest("api", tuple(_item(item) for item in body.items))
    boxes = [_carton(box) for box in body.boxes] or None
    return logistics.pack_many([asked], boxes=boxes, effort=logistics.THOROUGH)[0]


@router.get("/consignments/{consignment_id}/iftmin")
def consignment_iftmin(request: HttpRequest, consignment_id: UUID) -> HttpResponse:
    """The consignment's instruction to its carrier as an EDIFACT interchange (IFTMIN, D.00B)."""
    name, data = logistics.consignment_iftmin(scope_of(request), consignment_id, now=clock.now())
    return HttpResponse(
        data,
        content_type="application/edifact",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _item(item: ItemIn) -> PackItem:
    return PackItem(
        item.sku, item.quantity, item.mass_g, item.length_mm, item.width_mm, item.height_mm,
        keep_upright=item.keep_upright,
    )  # fmt: skip


def _carton(box: BoxIn) -> Carton:
    a, b, c = box.inner_length_mm, box.inner_width_mm, box.inner_height_mm
    wall = 2 * box.wall_mm
    return Carton(box.code, (a, b, c), (a + wall, b + wall, c + wall), box.tare_g, box.max_contents_g)
