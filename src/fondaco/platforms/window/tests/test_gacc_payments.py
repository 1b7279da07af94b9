"""Payment data of Announcement 179: signed, read back as sent, refused by the name of the field."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from fondaco.platforms.window.domain.messages.gacc.papers import BEIJING
from fondaco.platforms.window.domain.messages.gacc.payments import (
    PaidGoods,
    PaidOrder,
    PaymentDataWrong,
    PaymentExchange,
    PaymentSignatureWrong,
    read_exchange,
    read_reply,
    render_exchange,
)
from fondaco.platforms.window.domain.messages.gacc.spec import MessageRefused
from fondaco.platforms.window.tests.gacc_signing import signer

AT = datetime(2026, 11, 22, 2, tzinfo=UTC)
ORDER = PaidOrder("O1", (PaidGoods("闹钟 ALARM CLOCK", "https://example.org/1"),), "62220000", "C1", "Seller")
PAID = PaymentExchange(
    guid="4CDE1CFD-EDED-46B1-946C-B8022E42FC94", request="<pay/>", response="<ok/>", platform="P1",
    payer_firm="F1", transaction="T1", amount=Decimal("941.39"), verifier="3", pay_type="1",
    traded_at=AT.astimezone(BEIJING), orders=(ORDER,),
)  # fmt: skip
KEY = signer().key


def render(payment=PAID, session="S1"):
    return render_exchange(payment, session=session, key=KEY, cert_number="01", at=AT)


def test_a_payment_comes_back_as_it_was_sent():
    told = json.loads(render())
    assert told["payExchangeInfoHead"]["totalAmount"] == 941.39
    assert told["payExchangeInfoHead"]["tradingTime"] == "20261122100000"
    assert (told["payExchangeInfoHead"]["currency"], told["serviceTime"]) == ("142", "1795312800000")
    assert read_exchange(render(), key=KEY.public_key()) == PAID
    whole = replace(PAID, amount=Decimal(5))
    assert read_exchange(render(whole), key=KEY.public_key()) == whole


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"guid": "x"}, "payExchangeInfoHead/guid"),
        ({"amount": Decimal("1.001")}, "payExchangeInfoHead/totalAmount"),
        ({"amount": Decimal(0)}, "payExchangeInfoHead/totalAmount"),
        ({"amount": Decimal("NaN")}, "payExchangeInfoHead/totalAmount"),
        ({"verifier": "4"}, "payExchangeInfoHead/verDept"),
        ({"request": " "}, "payExchangeInfoHead/initalRequest"),
        ({"orders": ()}, "payExchangeInfoLists"),
        ({"orders": (replace(ORDER, goods=()),)}, "payExchangeInfoLists[1]/goodsInfo"),
        ({"orders": (replace(ORDER, account=""),)}, "payExchangeInfoLists[1]/recpAccount"),
    ],
)
def test_what_customs_would_refuse_is_named(changes, path):
    with pytest.raises(MessageRefused) as refused:
        render(replace(PAID, **changes))
    assert refused.value.field == path
    with pytest.raises(MessageRefused) as refused:
        render(session="")
    assert refused.value.field == "sessionID"


def test_changed_or_broken_data_are_refused():
    with pytest.raises(PaymentSignatureWrong):
        read_exchange(render().replace("941.39", "94.39"), key=KEY.public_key())
    for text in ("", "[]", "{}", "null", render().replace('"tradingTime":"2', '"tradingTime":"x')):
        with pytest.raises(PaymentDataWrong):
            read_exchange(text, key=KEY.public_key())


def test_customs_reply():
    reply = read_reply('{"code":"10000","message":"","serviceTime":1795312800000}')
    assert (reply.taken, reply.at) == (True, AT)
    assert not read_reply('{"code":"20004","message":"signature"}').taken
    for text in ("", "[]", '{"serviceTime":"soon"}'):
        with pytest.raises(PaymentDataWrong):
            read_reply(text)
