"""Applications to Chinese customs about returns: 625 and 213 name the pieces that come back; answers move them."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from fondaco.platforms.window import public as window
from fondaco.platforms.window.declaration_messages import read_gacc, receive_gacc
from fondaco.platforms.window.declaration_receipts import poll_receipts
from fondaco.platforms.window.models import (
    Declaration,
    MatchVerdict,
    ParkedReceipt,
    ReturnApplication,
    ReturnEvent,
)
from fondaco.platforms.window.tests.declaration_samples import BUYER, NOW, SELLER, TRADER, draft
from fondaco.platforms.window.tests.return_samples import ask, line
from fondaco.platforms.window.tests.test_gacc_service import key, lodged, receipt, yuan

pytestmark = pytest.mark.django_db
__all__ = ["key"]
LIST_NUMBER = "299120261I12345678"


def released(kind: str = "import"):
    row = lodged("r", **({"kind": "export", "country": "CN", "regime": "9610"} if kind == "export" else {}))
    MatchVerdict.objects.create(
        order_id=row.order_id, seller_id=SELLER, reference="r", verdict="match", matched_at=NOW
    )
    if kind == "import":
        receive_gacc(receipt("622", row, "800", returnTime="20261122201112013"), now=NOW)
    else:
        Declaration.objects.house().filter(pk=row.id).update(state="accepted", mrn=LIST_NUMBER)
        Declaration.objects.house().filter(pk=row.id).update(state="released")
    return row


def coming_back(row, *, into: str = "CN", home: str = "GB"):
    told = ask(
        line(6, sold=24), into=into, sent_from=home, order_id=row.order_id, order_number="r", seller_id=SELLER,
        buyer_id=BUYER, regimes={"sold_into": "9610", "sent_from": "9610"}, authorities={},
    )  # fmt: skip
    return window.open_returns([told], now=NOW, actor="t", authorised=True)[0]


@pytest.mark.usefixtures("key")
def test_an_import_is_returned_by_a_sound_signed_625_with_only_the_pieces_that_come_back():
    made = coming_back(released())
    first = window.draw_applications(TRADER, made, "625", now=NOW)[0]
    assert window.draw_applications(TRADER, made, "625", now=NOW)[0] == first
    message, text = window.application_text(TRADER, first)
    view = read_gacc(text.encode(), verified=True)
    assert (message, view.sound, view.signed) == ("625", True, True)
    entry = view.entries[0]
    assert entry["fields"]["invtNo"] == LIST_NUMBER
    assert [str(row["qty"]) for row in entry["lines"]] == ["6"]


@pytest.mark.usefixtures("key")
def test_the_simulator_answers_and_customs_approval_moves_the_application_once():
    made = coming_back(released())
    key_ = window.draw_applications(TRADER, made, "625", now=NOW)[0]
    with window.AgencySimulator() as agency, window.HttpGateway(agency.url, name="returns-test") as gateway:
        assert window.send_application(TRADER, key_, gateway, now=NOW)
        for _ in range(2):
            poll_receipts(gateway, now=NOW)
    row = ReturnApplication.objects.house().get()
    assert row.state in ("approved", "review")
    answers = ReturnEvent.objects.house().filter(application=row, code__startswith="customs_")
    assert answers.count() == len({(one.code, one.at) for one in answers}) >= 2
    assert ParkedReceipt.objects.count() == 0


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("message", ["213", "215"])
def test_an_export_comes_home_by_a_sound_213_and_215(message):
    made = coming_back(released("export"), into="US", home="CN")
    text = window.application_text(TRADER, window.draw_applications(TRADER, made, message, now=NOW)[0])[1]
    view = read_gacc(text.encode())
    assert (view.number, view.sound) == (message, True)
    assert view.entries[0]["fields"]["ieFlag"] == "I"


@pytest.mark.usefixtures("key")
def test_without_a_released_list_or_an_item_of_its_own_nothing_is_drawn_up():
    with pytest.raises(window.NoDeclarationToReturn):
        window.draw_applications(
            TRADER, coming_back(replace(yuan(draft("x")), order_id=uuid4())), "625", now=NOW
        )
    row = released()
    told = ask(
        line(6, sold=24, no=9),
        into="CN",
        order_id=row.order_id,
        seller_id=SELLER,
        buyer_id=BUYER,
        authorities={},
    )
    made = window.open_returns([told], now=NOW, actor="t", authorised=True)[0]
    with pytest.raises(window.ItemNotDeclared):
        window.draw_applications(TRADER, made, "625", now=NOW)[0]
    assert ReturnApplication.objects.house().count() == 0
