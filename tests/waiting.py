"""Orders that wait for their payment, their buyer, and the provider's page where it is paid."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
from django.contrib.auth import get_user_model
from django.test import Client
from django.test.utils import override_settings

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import BookLine, BookOrder
from fondaco.flows.checkout import standing_house
from fondaco.flows.simulators import PAGES, kept_file
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.parties.models import Organisation
from fondaco.systems.finance import public as finance

GBP = "GBP"


def organisation(kind: Kind, name: str, *, country: str = "IE") -> UUID:
    party = Organisation.objects.create(kind=kind, name=name, slug=f"basket-{name.lower()}", country=country)
    return UUID(str(party.pk))


def waiting_order(
    seller: UUID, buyer: UUID, minor: int, *, to: str = "IE", carriage: int = 0, discount: int = 0
) -> UUID:
    """An order of one article that is priced and screened, and waits for its payment."""
    now, key = clock.now(), uuid4()
    book = BookOrder(
        source_ref=f"b:{key}", buyer="", destination=to, ordered_at=now, original_ordered_at=now, currency=GBP,
        lines=(BookLine("goods", "CUP", "Cup", 1, minor),), goods_minor=minor, carriage_minor=carriage,
        discount_minor=discount, other_minor=0, ship_to={"country": to},
        content_hash=hashlib.sha256(key.bytes).hexdigest()[:32],
    )  # fmt: skip
    orders.place_order(key, book, seller_id=seller, buyer_id=buyer, product_ids={}, actor="test", now=now)
    priced = {key: {"duty_minor": 0, "tax_minor": minor // 5, "fees_minor": 0}}
    for event in ("pack", "price", "screen"):
        orders.advance([key], event, actor="test", now=now, stamps=priced if event == "price" else None)
    return key


@contextmanager
def served_pages(home: Any) -> Iterator[finance.CardPages]:
    """The simulated provider's page, keeping what it did under `home`."""
    with ExitStack() as stack:
        stack.enter_context(override_settings(HOME=home))
        store = kept_file(PAGES, standing_house().providers[PAGES])
        pages = stack.enter_context(finance.CardPages(store=store))
        stack.enter_context(override_settings(PAYMENT_PAGES=pages.url))
        yield pages


def pay_by_card(url: str) -> None:
    with httpx.Client(timeout=60) as browser:
        browser.post(url, data={"number": "4242 4242 4242 4242", "expiry": "12/30", "code": "737"})
        browser.post(f"{url}/confirm", data={"answer": "123456"})


def signed_in(scope: Scope) -> Client:
    """A person who acts for the organisation of `scope`, in a browser."""
    user = parties.ensure_user(email="orla@example.org", name="Orla", password="quay-lantern-42")
    parties.ensure_member(user_id=user.id, organisation_id=scope.organisation_id, role=Role.OWNER)
    client = Client()
    client.force_login(get_user_model().objects.get(pk=user.id))
    return client
