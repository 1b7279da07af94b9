"""Products and their facts in the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from fondaco.commerce.catalog import public
from fondaco.commerce.catalog.models import Product, ProductFact
from fondaco.commerce.catalog.public import ProductRow
from fondaco.kernel.errors import Forbidden
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


ROWS = [
    ProductRow("MUG", "RED MUG", gbp(250)),
    ProductRow("BAG", "JUMBO BAG", gbp(195)),
    ProductRow("X", "XYZZY", None),
]


@pytest.fixture
def seller(db: Any) -> UUID:
    organisations = apps.get_model("parties.Organisation").objects
    key: UUID = organisations.create(slug="seller", kind="seller", name="Seller", country="GB").pk
    return key


@pytest.fixture
def scope(seller: UUID) -> Scope:
    return Scope(organisation_id=seller, kind=Kind.SELLER, role=Role.CLERK, actor="ann")


def keep(seller: UUID, rows: Any, now: datetime = NOW) -> public.UpsertResult:
    return public.upsert_products(seller, rows, actor="t", now=now)


def told() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT topic, count(*) FROM kernel_outboxevent GROUP BY topic ORDER BY topic")
        return cursor.fetchall()  # type: ignore[no-any-return]


def test_products_are_kept_once_and_changes_are_counted(seller: UUID) -> None:
    first = keep(seller, ROWS)
    again = keep(seller, ROWS, LATER)
    changed = keep(seller, [ProductRow("MUG", "BLUE MUG", gbp(260)), ROWS[1]], LATER)
    assert (first.created, first.updated, first.unchanged) == (3, 0, 0)
    assert (again.created, again.updated, again.unchanged, again.ids) == (0, 0, 3, first.ids)
    assert (changed.created, changed.updated, changed.unchanged) == (0, 1, 1)
    mug = Product.objects.house().get(sku="MUG")
    assert (mug.title, mug.unit_price_minor, mug.currency, mug.pk) == (
        "BLUE MUG",
        260,
        "GBP",
        first.ids["MUG"],
    )
    assert Product.objects.house().get(sku="BAG").updated_at == NOW
    assert told() == [("catalog.changed", 1), ("catalog.listed", 1)]


def test_of_two_rows_of_one_sku_the_last_counts(seller: UUID) -> None:
    result = keep(seller, [ProductRow("A", "First"), ProductRow("A", "Last")])
    assert (result.created, Product.objects.house().get().title) == (1, "Last")


@pytest.mark.parametrize(
    "row",
    [ProductRow("", "x"), ProductRow("a" * 65, "x"), ProductRow("a", ""), ProductRow("a", "x" * 301), ProductRow("a", "x", gbp(-1)),
     ProductRow("a", "x", None, {"hs_code": "12"}), ProductRow("a", "x", None, {"colour": "red"})],
)  # fmt: skip
def test_one_bad_product_keeps_all_out(seller: UUID, row: ProductRow) -> None:
    with pytest.raises((public.BadProduct, public.BadFact)):
        keep(seller, [*ROWS, row])
    assert (Product.objects.house().count(), ProductFact.objects.house().count(), told()) == (0, 0, [])


def test_enrichment_proposes_and_repeats_without_change(seller: UUID) -> None:
    ids = keep(seller, ROWS).ids
    first = public.enrich(seller, now=NOW, default_origin="CN")
    before = list(ProductFact.objects.house().order_by("id").values())
    again = public.enrich(seller, now=LATER, default_origin="CN")
    assert (first.products, first.hs_proposed, first.abstained) == (3, 2, 1)
    assert again == public.EnrichResult(0, 0, 0, 0)
    assert list(ProductFact.objects.house().order_by("id").values()) == before
    facts = public.facts_for([*ids.values(), uuid4()])
    assert set(facts) == set(ids.values())
    mug, unknown = facts[ids["MUG"]], facts[ids["X"]]
    assert (mug.hs_code, mug.hs_status, mug.origin, mug.mass_g, mug.cargo_classes) == (
        "691200",
        "estimated",
        "CN",
        380,
        ("fragile",),
    )
    assert mug.estimated == (
        "cargo_class",
        "height_mm",
        "hs_code",
        "length_mm",
        "mass_g",
        "origin",
        "width_mm",
    )
    assert (unknown.hs_code, unknown.hs_status, unknown.mass_g) == (None, "", 300)


def test_enrichment_looks_again_where_the_title_or_the_knowledge_changed(seller: UUID) -> None:
    keep(seller, ROWS)
    public.enrich(seller, now=NOW, default_origin="CN")
    keep(seller, [ProductRow("X", "GLASS BOWL", gbp(250)), ProductRow("MUG", "RED MUG", gbp(1))])
    assert public.enrich(seller, now=LATER, default_origin="CN").products == 1
    assert public.enrich(seller, now=LATER, default_origin="IN").products == 3
    assert public.enrich(seller, now=LATER, default_origin="IN").products == 0


def test_a_stated_fact_beats_an_estimate_and_a_confirmed_one_beats_both(seller: UUID, scope: Scope) -> None:
    key = keep(seller, ROWS).ids["MUG"]
    public.enrich(seller, now=NOW)
    keep(seller, [ProductRow("MUG", "RED MUG", gbp(250), {"mass_g": "410", "hs_code": "6912.00"})])
    public.enrich(seller, now=LATER)
    facts = public.facts_for([key])[key]
    assert (facts.mass_g, facts.hs_code, facts.hs_status) == (410, "691200", "stated")
    public.confirm_fact(scope, key, "mass_g", "400", now=LATER)
    keep(seller, [ProductRow("MUG", "RED MUG", gbp(250), {"mass_g": "999"})])
    public.enrich(seller, now=LATER)
    facts = public.facts_for([key])[key]
    assert (facts.mass_g, "mass_g" in facts.estimated) == (400, False)
    told = public.product_detail(scope, key).fact("mass_g")
    assert told is not None
    assert (told.status, told.evidence["was"], told.actor) == (
        "confirmed",
        {"value": "410", "status": "stated"},
        "ann",
    )


def test_confirming_is_for_the_sellers_clerks_and_for_real_values(seller: UUID, scope: Scope) -> None:
    key = keep(seller, ROWS).ids["MUG"]
    viewer = Scope(organisation_id=seller, kind=Kind.SELLER, role=Role.VIEWER)
    stranger = Scope(organisation_id=uuid4(), kind=Kind.SELLER, role=Role.OWNER)
    buyer = Scope(organisation_id=uuid4(), kind=Kind.BUYER, role=Role.OWNER)
    for who, error in ((viewer, Forbidden), (buyer, Forbidden), (stranger, public.ProductNotFound)):
        with pytest.raises(error):
            public.confirm_fact(who, key, "mass_g", "400", now=NOW)
    with pytest.raises(public.BadFact):
        public.confirm_fact(scope, key, "mass_g", "heavy", now=NOW)
    assert ProductFact.objects.house().count() == 0


@pytest.mark.parametrize("size", [1, 50])
def test_pages_take_three_queries_at_any_size(
    seller: UUID, scope: Scope, size: int, django_assert_num_queries: Any
) -> None:
    keep(seller, [ProductRow(f"S{i:02d}", f"MUG {i:02d}", gbp(i)) for i in range(60)])
    public.enrich(seller, now=NOW)
    with django_assert_num_queries(3):
        page = public.list_products(scope, size=size)
    assert (len(page.products), page.total) == (size, 60)
    assert page.products[0].fact("hs_code") is not None
    ids = list(Product.objects.house().values_list("pk", flat=True))[:size]
    with django_assert_num_queries(2):
        assert len(public.facts_for(ids)) == size


def test_products_are_searched_filtered_and_paged(seller: UUID, scope: Scope) -> None:
    keep(seller, ROWS)
    public.enrich(seller, now=NOW)

    def found(**more: Any) -> list[str]:
        return [p.sku for p in public.list_products(scope, **more).products]

    assert found() == ["BAG", "MUG", "X"]
    assert found(search="mug red") == ["MUG"]
    assert found(search="ba") == ["BAG"]
    assert found(show="no_hs") == ["X"]
    assert found(show="estimated") == ["BAG", "MUG", "X"]
    assert found(show="confirmed") == []
    first = public.list_products(scope, size=2)
    assert [p.sku for p in public.list_products(scope, size=2, cursor=first.next_cursor).products] == ["X"]
    assert str(first.products[0].unit_price) == "1.95 GBP"
    for bad in ({"show": "secret"}, {"cursor": "x"}, {"cursor": "W10="}):
        with pytest.raises(public.BadCatalogFilter):
            public.list_products(scope, **bad)


def test_another_seller_sees_nothing(seller: UUID) -> None:
    key = keep(seller, ROWS).ids["MUG"]
    for kind in (Kind.SELLER, Kind.BUYER, Kind.CARRIER, Kind.CUSTOMS):
        stranger = Scope(organisation_id=uuid4(), kind=kind)
        assert public.list_products(stranger).products == ()
        with pytest.raises(public.ProductNotFound):
            public.product_detail(stranger, key)
    assert public.product_ids_of(seller, ["MUG", "none"]) == {"MUG": key}


@pytest.mark.parametrize(
    "fact",
    [{"field": "hs_code", "value": "12345"}, {"field": "mass_g", "value": "0"}, {"field": "origin", "value": "cn"},
     {"field": "colour", "value": "red"}, {"field": "mass_g", "value": "5", "confidence": 1.5},
     {"field": "mass_g", "value": "5", "status": "maybe"}],
)  # fmt: skip
def test_the_database_refuses_impossible_facts(seller: UUID, fact: dict[str, Any]) -> None:
    key = keep(seller, ROWS).ids["MUG"]
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductFact.objects.create(product_id=key, at=NOW, actor="t", **fact)
