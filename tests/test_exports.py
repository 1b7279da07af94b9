"""An order that leaves China is lodged there on a signed list of its own, in the mode that fits it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fondaco.flows.house import ensure_house
from fondaco.flows.stages.export import lodge_exports
from fondaco.flows.work import Policy, Ports, Work
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import AgencySimulator, HttpGateway, Party
from fondaco.platforms.window.tests.declaration_samples import NOW, draft, triple
from fondaco.systems.finance import public as finance

CHINA = Party("Yiwu Crafts Co", "CN", "91330782MA2E000000", "1 Futian Rd", "Yiwu", "322000")


@pytest.mark.django_db(transaction=True)
def test_an_order_from_china_is_lodged_there_as_a_signed_list_and_one_from_britain_is_not() -> None:
    finance.ensure_rates()
    house = ensure_house(countries=["CN", "FR"], carriers={})
    orders = [replace(draft("one"), exporter=CHINA), draft("two")]
    window.save_verdicts(window.match_documents([triple("one"), triple("two")]), actor="t", now=NOW)
    with AgencySimulator() as agency, HttpGateway(agency.url, name="t") as gateway:
        work = Work(house, Ports(agency=gateway, provider=None, carrier=None), Policy(), NOW)
        for _ in range(2):
            lodge_exports(orders, work)
        window.poll_receipts(gateway, now=NOW)
    found = window.declarations_for([one.order_id for one in orders])
    assert [len(made) for made in found.values()] == [1, 0]
    (made,) = found[orders[0].order_id]
    assert (made.kind, made.country, made.authority_id) == ("export", "CN", house.authority("CN"))
    assert made.regime in {"9610", "9710", "9810", "0110"}
    assert agency.received == 1
    assert made.state in {"released", "under_review", "inspection"}
