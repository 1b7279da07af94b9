"""The information board end to end: post, match, negotiate, agree; nothing seen without a permission and a receipt."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from fondaco.flows import board as flow
from fondaco.kernel.errors import FondacoError, Forbidden, NotFound
from fondaco.kernel.models import AuditEvent
from fondaco.kernel.money import UnknownCurrency
from fondaco.kernel.statemachine import IllegalTransition, installed_transitions
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties.public import ensure_organisation
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.models import DEALS, POSTS, BoardPost, Deal
from fondaco.systems.logistics.public import (
    BadCapacity,
    BadOffer,
    BadPostDates,
    BadPostPrice,
    BadPostTerms,
    CapacityGone,
    Contact,
    NewPost,
    UnknownPlace,
)
from fondaco.systems.sharing.models import RecordReceipt

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
TODAY = NOW.date()


def party(name: str, kind: Kind) -> Scope:
    made = ensure_organisation(
        kind=kind, name=f"{name} Secret Ltd", country="GB", slug=f"board-{name}", currency="EUR"
    )
    return Scope(made.id, kind, role=Role.OWNER, actor=f"{name}-person")


def contact(scope: Scope) -> Contact:
    return Contact(f"person of {scope.actor}", f"{scope.actor}@mail.example", "+44 20 7946 0000")


def capacity(scope: Scope, **changes: Any) -> NewPost:
    new = NewPost(
        "capacity", "CGO", "LUX", TODAY + timedelta(3), TODAY + timedelta(5), 10_000_000, 60_000, "EUR", 5_000,
        contact(scope), frozenset({"general"}), 300, 20_000, "air",
    )  # fmt: skip
    return replace(new, **changes)


def cargo(scope: Scope, **changes: Any) -> NewPost:
    new = NewPost(
        "cargo", "CGO", "LUX", TODAY + timedelta(1), TODAY + timedelta(9), 4_000_000, 20_000, "EUR", 2_000_000,
        contact(scope),
    )  # fmt: skip
    return replace(new, **changes)


def agreed_terms(
    carrier: Scope, seller: Scope, offer_id: UUID, cargo_id: UUID, *, price: int = 1_300_000
) -> UUID:
    deal = flow.begin_deal(seller, mine=cargo_id, theirs=offer_id, now=NOW)
    logistics.make_offer(carrier, deal, price_minor=price, now=NOW)
    logistics.accept_offer(seller, deal, price_minor=price, now=NOW)
    return deal


@pytest.mark.django_db
def test_a_pair_is_posted_matched_negotiated_and_agreed() -> None:
    carrier, seller = party("carrier", Kind.CARRIER), party("seller", Kind.SELLER)
    offer = flow.add_post(carrier, capacity(carrier), now=NOW)
    lot = flow.add_post(seller, cargo(seller), now=NOW)
    match = flow.post_page(seller, lot.id, now=NOW).found.matches[0]
    assert (match.post.id, match.price_minor, match.slack_days) == (offer.id, 1_200_000, 4)
    assert sum(match.points.values()) == pytest.approx(match.score)
    deal = agreed_terms(carrier, seller, offer.id, lot.id)
    assert flow.deal_page(seller, deal, now=NOW).other is None
    assert [flow.confirm_deal(who, deal, now=NOW) for who in (seller, carrier)] == [False, True]
    (left,) = logistics.own_posts(carrier, "capacity")
    assert (left.left_g, left.left_l, left.state) == (6_000_000, 40_000, "open")
    assert [one.state for one in logistics.own_posts(seller, "cargo")] == ["filled"]
    page = flow.deal_page(seller, deal, now=NOW)
    assert page.other is not None
    assert (page.other.organisation, page.other.contact) == ("carrier Secret Ltd", contact(carrier))
    assert [one.deed for one in page.said] == ["offer", "accept", "confirm", "agree"]
    trail = AuditEvent.objects.filter(subject_id=str(deal)).values_list("action", "organisation_id")
    assert set(trail) == {
        (f"logistics.deal-{deed}", who.organisation_id)
        for deed in ("opened", "offer", "accept", "confirm", "agree")
        for who in (carrier, seller)
    }
    looks = flow.post_page(carrier, offer.id, now=NOW).looks
    assert {(look.kind, look.level, look.purpose) for look in looks} == {
        ("seller", "facts", "matching on the board"),
        ("seller", "facts", "negotiation"),
        ("seller", "contact", "carriage agreed"),
    }
    with pytest.raises(IllegalTransition):
        flow.decline_deal(seller, deal, now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"mass_g": -1}, BadCapacity), ({"volume_l": 0}, BadCapacity), ({"mass_g": 10**15}, BadCapacity),
        ({"last_on": TODAY + timedelta(2)}, BadPostDates), ({"first_on": TODAY - timedelta(1)}, BadPostDates),
        ({"last_on": TODAY + timedelta(500)}, BadPostDates), ({"origin": "ATLANTIS"}, UnknownPlace),
        ({"destination": "CGO"}, UnknownPlace), ({"currency": "XYZ"}, UnknownCurrency),
        ({"price_minor": -5}, BadPostPrice), ({"price_minor": 0, "per_kg_minor": 0, "per_m3_minor": 0}, BadPostPrice),
        ({"mode": "camel"}, BadPostTerms), ({"classes": frozenset({"gold"})}, BadPostTerms),
        ({"classes": frozenset()}, BadPostTerms), ({"contact": Contact("x", "nowhere")}, BadPostTerms),
        ({"kind": "barter", "mode": ""}, BadPostTerms), ({"kind": "cargo", "mode": "", "per_kg_minor": 0, "per_m3_minor": 0}, Forbidden),
    ],
)  # fmt: skip
def test_a_bad_post_is_refused_by_name_and_leaves_nothing(
    changes: dict[str, Any], error: type[FondacoError]
) -> None:
    carrier = party("carrier", Kind.CARRIER)
    with pytest.raises(error) as caught:
        flow.add_post(carrier, capacity(carrier, **changes), now=NOW)
    assert caught.value.field
    assert not BoardPost.objects.house().exists()


@pytest.mark.django_db
def test_steps_out_of_turn_are_refused_and_change_nothing() -> None:
    carrier, seller = party("carrier", Kind.CARRIER), party("seller", Kind.SELLER)
    other, bank = party("other", Kind.CARRIER), party("bank", Kind.BANK)
    offer = flow.add_post(carrier, capacity(carrier), now=NOW)
    lot = flow.add_post(seller, cargo(seller), now=NOW)
    late = flow.add_post(seller, cargo(seller, last_on=TODAY + timedelta(2)), now=NOW)
    with pytest.raises(logistics.NoFit, match="too_late"):
        flow.begin_deal(seller, mine=late.id, theirs=offer.id, now=NOW)
    deal = flow.begin_deal(seller, mine=lot.id, theirs=offer.id, now=NOW)
    assert flow.begin_deal(carrier, mine=offer.id, theirs=lot.id, now=NOW) == deal
    logistics.make_offer(carrier, deal, price_minor=900_000, now=NOW)
    before = Deal.objects.house().values().get()
    for step in (
        lambda: logistics.accept_offer(carrier, deal, price_minor=900_000, now=NOW),
        lambda: logistics.accept_offer(seller, deal, price_minor=800_000, now=NOW),
        lambda: flow.confirm_deal(seller, deal, now=NOW),
        lambda: logistics.make_offer(seller, deal, price_minor=0, now=NOW),
        lambda: logistics.say(other, deal, "hello", now=NOW),
        lambda: logistics.say(seller, deal, "  ", now=NOW),
        lambda: flow.confirm_deal(bank, deal, now=NOW),
        lambda: flow.share_contact(Scope(uuid4(), Kind.PLATFORM, role=Role.OWNER), deal, now=NOW),
        lambda: logistics.make_offer(replace(seller, role=Role.VIEWER), deal, price_minor=5, now=NOW),
    ):
        with pytest.raises(FondacoError):
            step()
    assert Deal.objects.house().values().get() == before


@pytest.mark.django_db
def test_a_step_of_no_name_and_an_offer_without_a_price_are_refused() -> None:
    scope = party("seller", Kind.SELLER)
    with pytest.raises(flow.BadStep, match="no such step"):
        flow.take_step(scope, uuid4(), "wink", now=NOW)
    with pytest.raises(BadOffer):
        flow.take_step(scope, uuid4(), "offer", now=NOW)
    assert not Deal.objects.house().exists()


@pytest.mark.django_db
def test_the_database_guards_states_and_what_is_taken() -> None:
    assert installed_transitions("logistics_deal") == DEALS.edges
    assert installed_transitions("logistics_boardpost") == POSTS.edges
    carrier = party("carrier", Kind.CARRIER)
    offer = flow.add_post(carrier, capacity(carrier), now=NOW)
    with pytest.raises(IntegrityError, match="board_post_not_overtaken"):
        BoardPost.objects.house().filter(pk=offer.id).update(taken_g=10_000_001)


@pytest.mark.django_db(transaction=True)
def test_of_six_agreements_at_once_only_as_many_are_made_as_fit() -> None:
    carrier = party("carrier", Kind.CARRIER)
    offer = flow.add_post(carrier, capacity(carrier), now=NOW)
    deals = []
    for place in range(6):
        seller = party(f"seller-{place}", Kind.SELLER)
        lot = flow.add_post(seller, cargo(seller), now=NOW)
        deals.append((seller, agreed_terms(carrier, seller, offer.id, lot.id)))
        flow.confirm_deal(carrier, deals[-1][1], now=NOW)
    start = Barrier(len(deals))

    def confirm(pair: tuple[Scope, UUID]) -> bool:
        start.wait()
        try:
            return flow.confirm_deal(pair[0], pair[1], now=NOW)
        except CapacityGone:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deals)) as pool:
        done = list(pool.map(confirm, deals))
    assert sum(done) == 2
    row = BoardPost.objects.house().get(pk=offer.id)
    assert (row.taken_g, row.taken_l) == (8_000_000, 40_000)
    rows = Deal.objects.house()
    assert rows.filter(state="agreed").count() == 2
    assert rows.filter(seller_confirmed_at=None, state="agreed_terms").count() == 4
    assert BoardPost.objects.house().filter(kind="cargo", state="filled").count() == 2


@pytest.mark.django_db
def test_a_fuzz_of_random_deeds_and_looks_leaks_nothing() -> None:
    """After each random deed everybody looks everywhere; a model of who permitted whom says what may be seen."""
    chance, world = Random(11), _World()
    for _ in range(90):
        world.act(chance)
        world.look(chance)
    assert world.seen > 5
    assert world.looked > 400
    assert RecordReceipt.objects.filter(level="contact").count() == world.contacts


class _World:
    """Three carriers, three sellers, a bank; and what each may know of whom."""

    def __init__(self) -> None:
        self.carriers = [party(f"c{i}", Kind.CARRIER) for i in range(3)]
        self.sellers = [party(f"s{i}", Kind.SELLER) for i in range(3)]
        self.all = [*self.carriers, *self.sellers, party("b", Kind.BANK)]
        self.posts: dict[UUID, Scope] = {}
        self.deals: dict[UUID, tuple[Scope, Scope, UUID, UUID]] = {}
        self.open: set[tuple[UUID, UUID]] = set()  # (post, organisation that may see its contact)
        self.seen = self.looked = self.contacts = 0

    def act(self, chance: Random) -> None:
        deed: Callable[[Random], None] = chance.choice(
            [self._post, self._begin, self._share, self._hide, self._agree, self._decline, self._withdraw]
        )
        try:
            deed(chance)
        except FondacoError:
            return

    def _post(self, chance: Random) -> None:
        if len(self.posts) >= 14:
            return
        who = chance.choice(self.carriers + self.sellers)
        make = capacity if who.kind == Kind.CARRIER else cargo
        self.posts[flow.add_post(who, make(who), now=NOW).id] = who

    def _begin(self, chance: Random) -> None:
        offers = [(p, w) for p, w in self.posts.items() if w.kind == Kind.CARRIER]
        lots = [(p, w) for p, w in self.posts.items() if w.kind == Kind.SELLER]
        if offers and lots:
            (offer, carrier), (lot, seller) = chance.choice(offers), chance.choice(lots)
            deal = flow.begin_deal(seller, mine=lot, theirs=offer, now=NOW)
            self.deals[deal] = (carrier, seller, offer, lot)
            logistics.say(seller, deal, f"write to {contact(seller).email}", now=NOW)

    def _turn(self, chance: Random) -> tuple[UUID, Scope, UUID, Scope]:
        deal = chance.choice([*self.deals, uuid4()])
        if deal not in self.deals:
            raise NotFound
        carrier, seller, offer, lot = self.deals[deal]
        return (deal, carrier, offer, seller) if chance.random() < 0.5 else (deal, seller, lot, carrier)

    def _share(self, chance: Random) -> None:
        deal, who, post, other = self._turn(chance)
        flow.share_contact(who, deal, now=NOW)
        self.open.add((post, other.organisation_id))

    def _hide(self, chance: Random) -> None:
        deal, who, post, other = self._turn(chance)
        flow.hide_contact(who, deal, now=NOW)
        self.open.discard((post, other.organisation_id))

    def _agree(self, chance: Random) -> None:
        deal, *_ = self._turn(chance)
        carrier, seller, offer, lot = self.deals[deal]
        logistics.make_offer(carrier, deal, price_minor=7, now=NOW)
        logistics.accept_offer(seller, deal, price_minor=7, now=NOW)
        flow.confirm_deal(seller, deal, now=NOW)
        if flow.confirm_deal(carrier, deal, now=NOW):
            self.open |= {(offer, seller.organisation_id), (lot, carrier.organisation_id)}

    def _decline(self, chance: Random) -> None:
        deal, who, post, other = self._turn(chance)
        flow.decline_deal(who, deal, now=NOW)
        self.open.discard((post, other.organisation_id))

    def _withdraw(self, chance: Random) -> None:
        if chance.random() < 0.3 and self.posts:
            post = chance.choice(list(self.posts))
            flow.take_off(self.posts[post], post, now=NOW)

    def look(self, chance: Random) -> None:
        """One onlooker opens the board, a post and a negotiation, their own or not."""
        who = chance.choice(self.all)
        for kind in ("capacity", "cargo"):
            self._check(who, flow.board_page(who, kind, now=NOW), None)
        for post in chance.sample(list(self.posts), min(2, len(self.posts))):
            self._open_page(who, lambda post=post: flow.post_page(who, post, now=NOW), None)  # type: ignore[misc]
        for deal in chance.sample(list(self.deals), min(3, len(self.deals))):
            self._open_page(who, lambda deal=deal: flow.deal_page(who, deal, now=NOW), deal)  # type: ignore[misc]

    def _open_page(self, who: Scope, ask: Callable[[], Any], deal: UUID | None) -> None:
        try:
            page = ask()
        except NotFound:
            self.looked += 1
            assert deal is None or who not in self.deals[deal][:2]
            return
        assert deal is None or who in self.deals[deal][:2]
        self._check(who, page, deal)

    def _check(self, who: Scope, page: object, deal: UUID | None) -> None:
        self.looked += 1
        text = repr(page)
        told = {o.organisation_id for o in self.all if o is not who and o.kind != Kind.BANK and any(
            secret in text for secret in (f"{o.actor.split('-')[0]} Secret Ltd", f"{o.actor}@mail"))}  # fmt: skip
        allowed: set[UUID] = set()
        if deal:
            carrier, seller, offer, lot = self.deals[deal]
            other, post = (carrier, offer) if who is seller else (seller, lot)
            allowed = {other.organisation_id} if (post, who.organisation_id) in self.open else set()
            self.contacts += bool(allowed)
        assert told == allowed
        self.seen += bool(told)


@pytest.mark.django_db
def test_queries_do_not_grow_with_posts() -> None:
    carrier, seller = party("carrier", Kind.CARRIER), party("seller", Kind.SELLER)
    lot = flow.add_post(seller, cargo(seller), now=NOW)

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as few:
            flow.board_page(seller, "capacity", now=NOW)
            flow.post_page(seller, lot.id, now=NOW)
        return len(few)

    flow.add_post(carrier, capacity(carrier), now=NOW)
    first = count()
    for _ in range(49):
        flow.add_post(carrier, capacity(carrier), now=NOW)
    assert count() == first
    assert len(flow.board_page(seller, "capacity", now=NOW).market) == 50
    assert len(flow.assign_day(Scope(uuid4(), Kind.PLATFORM, role=Role.OWNER), now=NOW)) == 1
