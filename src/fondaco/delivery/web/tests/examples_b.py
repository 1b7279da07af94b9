"""Examples of pages that the small book has no row for: imports, papers, payments, bills, proposals, assessments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.core.files.uploadedfile import SimpleUploadedFile

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import ColumnMapping, OrderState
from fondaco.delivery.web.seats import scope_of_request
from fondaco.flows.checkout import standing_house
from fondaco.flows.uploads import keep_file, queue_import
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import DeclarationFilter, rebates
from fondaco.platforms.window.tests.uk_declarations import uk_draft
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import NewReceipt, NewStore
from fondaco.systems.logistics.tests.test_books import TEMPLATE

if TYPE_CHECKING:
    from datetime import datetime

    from django.test import Client

    from fondaco.kernel.tenancy import Scope

_COLUMNS = ("order", "sku", "title", "quantity", "unit_price", "ordered_at", "country", "buyer")
_BOOK = (
    f"{','.join(_COLUMNS)}\n"
    "X-1,A1,Wooden spoon,4,2.50,2026-11-02,DE,B7\n"
    "X-2,A1,Wooden spoon,none,2.50,2026-11-02,DE,B7\n"
).encode()  # the second line is kept out
_SOLD = [9, 0, 12, 8, 11, 10, 7]  # pieces a week


def examples(clients: dict[str, Client], now: datetime) -> list[tuple[str, str]]:
    """(role, path) of each page; the returns that `examples_a` has opened are there already."""
    operator, seller = clients["operator"], clients["seller"]
    house, owner = _scope(operator), _scope(seller)
    return [
        *_imports(seller, owner, now),
        ("seller", seller.post("/verification/open/")["Location"]),
        ("operator", _rate_card(operator)),
        *_payment(_scope(clients["shopper"])),
        ("operator", _bill(operator, house)),
        *_proposal(owner, now),
        ("operator", f"/rebates/exports/{rebates.export_evidence(house)[0].declaration_id}/"),
        ("seller", _assessed(now)),
        ("seller", _route(seller)),
    ]


def _scope(client: Client) -> Scope:
    """In whose name a client asks."""
    return scope_of_request(client.get("/style/").wsgi_request)


def _imports(seller: Client, owner: Scope, now: datetime) -> list[tuple[str, str]]:
    """A file with a wrong line: imported, waiting for its turn, and looked at."""
    _drop(seller)
    batch = seller.get(seller.post("/imports/run/")["Location"])["Location"]
    mapping = ColumnMapping(name="ours", columns={name: name for name in _COLUMNS}, currency="GBP")
    kept = keep_file(owner, [_BOOK]).name
    waiting = queue_import(owner, place=kept, file_name="next.csv", mapping=mapping, now=now)
    _drop(seller)
    return [("seller", path) for path in (batch, f"/imports/uploads/{waiting.id}/", "/imports/preview/")]


def _drop(seller: Client) -> None:
    """Drop the file of orders and say what its columns are."""
    seller.post("/imports/drop/", {"file": SimpleUploadedFile("orders.csv", _BOOK), "mapping": ""})
    columns = {f"column-{name}": name for name in _COLUMNS}
    seller.post("/imports/columns/", {**columns, "currency": "GBP"})


def _rate_card(operator: Client) -> str:
    """A rate card, dropped and not yet published."""
    card = SimpleUploadedFile("card.csv", TEMPLATE.read_bytes())
    form = {"file": card, "effective_from": "2026-01-01", "code": "example"}
    return operator.post("/price-books/import/drop/", form)["Location"]


def _payment(buyer: Scope) -> list[tuple[str, str]]:
    """A buyer's order that waits for its money, and the way back from the provider's page, unpaid."""
    waiting = orders.orders_in_state(OrderState.SCREENED)
    order = next(one.id for one in waiting if one.buyer_id == buyer.organisation_id)
    return [("shopper", f"/orders/{order}/pay/"), ("shopper", f"/orders/{order}/paid/")]


def _bill(operator: Client, house: Scope) -> str:
    """The duty of an order whose bill has come."""
    released = DeclarationFilter(states=("released",), kind="import")
    rows = window.list_declarations(house, filters=released, size=50).rows
    paths = (f"/orders/{one.order_id}/bill/why/duty/" for one in rows)
    return next(path for path in paths if operator.get(path).status_code == 200)


def _proposal(owner: Scope, now: datetime) -> list[tuple[str, str]]:
    """What a shelf of British goods should order, and why: they come by no route that would have to be searched."""
    shelf = NewStore(owner.organisation_id, owner.organisation_id, "x", "Corner shelf", "own", "GB")
    store = logistics.ensure_stores([shelf], aisles=1, bays=1)[0].pk
    goods = [NewReceipt("mug", 10, "L1", "GB", key="x", title="A mug")]
    logistics.receive_goods(owner, store, goods, now=now, actor="examples")
    logistics.propose_orders(store, {"mug": _SOLD}, {"mug": 4.0}, on=now.date(), now=now, actor="examples")
    page = f"/replenishment/{logistics.list_proposals(owner)[0][0].id}/"
    return [("seller", page), ("seller", f"{page}why/")]


def _assessed(now: datetime) -> str:
    """The tax on goods of the seller that come into the United Kingdom."""
    house = standing_house()
    draft = uk_draft(seller_id=house.seller, buyer_id=house.seller, authority_id=house.authority("DE"))
    row = window.draft_declarations([draft], actor="examples", now=now)[0]
    return f"/declarations/{row.id}/assessment/"


def _route(seller: Client) -> str:
    """Why pieces that came back took their route."""
    desk = seller.get("/return-centre/").content.decode()
    for case in re.findall(r"/return-centre/[0-9a-f-]{36}/", desk):
        if found := re.findall(rf"{case}why/[0-9a-f-]{{36}}/", seller.get(case).content.decode()):
            return str(found[-1])
    raise LookupError(desk)
