"""What an officer does on a declaration's page besides deciding; the operator's page of stray receipts."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from fondaco.delivery.web.tests.border_helpers import as_many_queries, declare, match, text_of
from fondaco.kernel.tenancy import Kind, Role
from fondaco.platforms.window.public import Receipt, declaration_detail, parked_receipts, receive_receipts
from tests.tenants import STRANGER, Tenant, leaks, make_tenants

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.fixture
def tenants(db: None) -> dict[str, Tenant]:
    return make_tenants()


def test_an_inspection_is_kept_from_opening_to_result_and_the_seller_reads_it(
    tenants: dict[str, Tenant],
) -> None:
    one = declare(tenants, ["1001"])[0]
    officer, seller = tenants[Kind.CUSTOMS], tenants[Kind.SELLER]
    page, deed = f"/declarations/{one.id}/", f"/declarations/{one.id}/officer/"
    assert "Open an inspection record" in text_of(officer.client.get(page))
    assert "Open an inspection record" not in text_of(seller.client.get(page))
    officer.client.post(deed, {"deed": "inspection"})
    record = declaration_detail(officer.scope, one.id).inspections[0]
    at = f"/declarations/{one.id}/inspections/{record.id}/"
    officer.client.post(
        at, {"deed": "sample", "item": "1", "quantity": "2 pieces", "seal": "S-77", "purpose": "lead"}
    )
    photo = SimpleUploadedFile("box.png", PNG, content_type="image/png")
    officer.client.post(at, {"deed": "photo", "photo": photo, "caption": "as opened"})
    officer.client.post(at, {"deed": "photo", "photo": SimpleUploadedFile("x.png", b"GIF89a"), "caption": ""})
    officer.client.post(at, {"deed": "close", "result": "quantity", "findings": "30 pieces, not 24"})
    shown = text_of(seller.client.get(page))
    for words in ("S-77", "as opened", "Quantity or weight differs", "30 pieces, not 24"):
        assert words in shown
    assert "Add the sample" not in shown
    kept = declaration_detail(seller.scope, one.id).inspections[0].photos
    assert len(kept) == 1
    picture = f"/inspection-photos/{kept[0].id}/"
    assert seller.client.get(picture).content == PNG
    assert tenants[STRANGER].client.get(picture).status_code == 404
    assert leaks(tenants, owners={Kind.SELLER.value, Kind.CUSTOMS.value}, path=picture) == []


def test_another_lane_and_a_tax_bill_stand_in_the_log_and_need_reasons(tenants: dict[str, Tenant]) -> None:
    one = declare(tenants, ["1001"])[0]
    officer = tenants[Kind.CUSTOMS]
    deed = f"/declarations/{one.id}/officer/"
    officer.client.post(deed, {"deed": "reroute", "lane": "yellow", "reason": ""})
    assert declaration_detail(officer.scope, one.id).declaration.lane == "red"
    officer.client.post(deed, {"deed": "reroute", "lane": "yellow", "reason": "papers will do"})
    said = officer.client.post(
        deed, {"deed": "bill", "duty": "4.00", "tax": "30", "reason": "heading 6911"}, follow=True
    )
    found = declaration_detail(officer.scope, one.id).declaration
    assert (found.lane, found.assessed_duty_minor, found.assessed_tax_minor) == ("yellow", 400, 3000)
    for words in (
        "Put into another lane by an officer",
        "Tax bill issued",
        "papers will do",
        "The tax bill is issued.",
    ):
        assert words in text_of(said)
    assert tenants[Kind.SELLER].client.post(deed, {"deed": "bill"}).status_code == 403


def test_stray_receipts_are_shown_in_words_attached_and_dismissed(tenants: dict[str, Tenant]) -> None:
    one = declare(tenants, ["1001"])[0]
    match(tenants, ["1001"])
    operator = tenants[Kind.PLATFORM]
    assert "No strays" in text_of(operator.client.get("/stray-receipts/"))
    now = timezone.now()
    receive_receipts([Receipt("TYPO", "DMSROG", now)], now=now)
    shown = text_of(operator.client.get("/stray-receipts/"))
    for words in ("TYPO", "goods released", "No declaration has this number."):
        assert words in shown
    (stray,) = parked_receipts(operator.scope)
    operator.client.post(f"/stray-receipts/{stray['id']}/", {"lrn": one.lrn, "reason": "typing error"})
    assert declaration_detail(operator.scope, one.id).declaration.state == "released"
    for other in (Kind.SELLER, Kind.CUSTOMS):
        assert tenants[other].client.get("/stray-receipts/").status_code == 403
    with as_many_queries(operator.client, ["/stray-receipts/"]):
        receive_receipts([Receipt(f"S{n}", "DMSACC", now) for n in range(40)], now=now)
    (first, *_) = parked_receipts(operator.scope)
    operator.client.post(f"/stray-receipts/{first['id']}/", {"lrn": "", "reason": "not ours"})
    assert len(parked_receipts(operator.scope)) == 39


def test_a_viewer_at_customs_changes_nothing(tenants: dict[str, Tenant]) -> None:
    from fondaco.delivery.web.tests.border_helpers import colleague

    one = declare(tenants, ["1001"])[0]
    viewer, _ = colleague(tenants[Kind.CUSTOMS], role=Role.VIEWER)
    answer = viewer.post(f"/declarations/{one.id}/officer/", {"deed": "inspection"})
    assert answer.status_code == 403
    assert declaration_detail(tenants[Kind.CUSTOMS].scope, one.id).inspections == ()
