"""Writes of the catalogue: products and their facts, many at once, safe to repeat."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from fondaco.commerce.catalog.domain.enrich import Enricher, Proposal
from fondaco.commerce.catalog.domain.errors import BadProduct, ProductNotFound
from fondaco.commerce.catalog.domain.facts import checked_value
from fondaco.commerce.catalog.domain.titles import words_of
from fondaco.commerce.catalog.dto import EnrichResult, Fact, ProductRow, UpsertResult
from fondaco.commerce.catalog.knowledge import enricher, knowledge_version, nomenclature
from fondaco.commerce.catalog.models import FactField, FactStatus, Product, ProductFact
from fondaco.kernel import audit, outbox
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Role, Scope

Progress = Callable[[int, int], None]
_BATCH = 1000
MOST_CONFIRMED = 2000  # known listings beyond the labelled ones; more would slow every proposal
TELLING = 5  # letters from which a word of a title tells what a thing is


def upsert_products(
    seller_id: UUID, rows: Sequence[ProductRow], *, actor: str, now: datetime
) -> UpsertResult:
    """Keep a seller's products by SKU: new ones made, changed titles and prices replaced; idempotent.

    Facts that the rows state are kept as `stated`; they replace estimates, never what a person
    confirmed. Of two rows with one SKU the last counts. BadProduct or BadFact, and nothing is kept.
    """
    latest = {row.sku: _checked(row) for row in rows}
    with transaction.atomic():
        written = _upsert(seller_id, list(latest.values()), now=now)
        found = Product.objects.house().filter(seller_id=seller_id, sku__in=list(latest))
        ids: dict[str, UUID] = dict(found.values_list("sku", "id"))
        _keep_facts(_stated(ids, latest.values(), actor=actor, now=now), over=("estimated", "stated"))
        created = [sku for sku, fresh in written.items() if fresh]
        updated = [sku for sku, fresh in written.items() if not fresh]
        _tell(seller_id, "catalog.listed", [ids[sku] for sku in created], actor=actor, now=now)
        _tell(seller_id, "catalog.changed", [ids[sku] for sku in updated], actor=actor, now=now)
    return UpsertResult(len(created), len(updated), len(latest) - len(written), ids)


def enrich(
    seller_id: UUID,
    *,
    now: datetime,
    actor: str = "enrich",
    default_origin: str = "",
    progress: Progress | None = None,
) -> EnrichResult:
    """Propose mass, size, origin, cargo class and HS code from the title, for facts still estimated.

    Every proposal is kept as `estimated` with its evidence; what was stated or confirmed stays.
    `default_origin` is the seller's own statement for titles that do not name a country. Only products
    that are new, have another title, or were last looked at with other knowledge are counted and touched.
    """
    by = knowledge_version(default_origin=default_origin)
    stale = Product.objects.house().filter(seller_id=seller_id).exclude(enriched_by=by)
    rows = list(stale.order_by("id").values_list("id", "title"))
    proposed = hs_proposed = 0
    machine = enricher(_confirmed_codes(seller_id)) if rows else enricher()
    for start in range(0, len(rows), _BATCH):
        part = rows[start : start + _BATCH]
        facts, with_hs = _proposals(machine, part, default_origin, actor=actor, now=now)
        _keep_estimates(facts, part, by)
        proposed, hs_proposed = proposed + len(facts), hs_proposed + with_hs
        if progress:
            progress(min(start + _BATCH, len(rows)), len(rows))
    if rows:
        _tell_enriched(seller_id, len(rows), proposed, actor=actor, now=now)
    return EnrichResult(len(rows), proposed, hs_proposed, len(rows) - hs_proposed)


def confirm_fact(scope: Scope, product_id: UUID, field: str, value: str, *, now: datetime) -> Fact:
    """A person's word on a fact: it is confirmed from now on. ProductNotFound, BadFact, Forbidden."""
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    kept = checked_value(field, value, hs6=nomenclature())
    with transaction.atomic():
        product = Product.objects.of(scope).select_for_update().filter(pk=product_id).first()
        if product is None:
            raise ProductNotFound(field="product", value=product_id)
        before = ProductFact.objects.of(scope).filter(product_id=product_id, field=field).first()
        evidence = {"said_by": scope.actor, "was": _was(before)}
        row = _row(product_id, Fact(field, kept, FactStatus.CONFIRMED, None, evidence), scope.actor, now)
        _keep_facts([row], over=("estimated", "stated", "confirmed"))
        if field == FactField.HS_CODE:
            _look_again(product)
        detail = {"field": field, "value": kept, "was": _was(before)}
        deed = audit.Deed("catalog.fact_confirmed", "product", str(product_id), product.seller_id, detail)
        audit.record([deed], actor=scope.actor, at=now)
        told = {"seller_id": str(product.seller_id), "product_id": str(product_id), "field": field}
        outbox.append([outbox.Event("catalog.fact-confirmed", str(product_id), told)])
    return Fact(field, kept, FactStatus.CONFIRMED.value, None, evidence, scope.actor, now)


def _confirmed_codes(seller_id: UUID) -> list[tuple[str, str]]:
    """Title and subheading of the seller's own products whose code a person confirmed, the latest first."""
    rows = ProductFact.objects.house().filter(
        product__seller_id=seller_id, field=FactField.HS_CODE, status=FactStatus.CONFIRMED
    )
    found = rows.order_by("-at", "id").values_list("product__title", "value")[:MOST_CONFIRMED]
    return [(title, code[:6]) for title, code in found]


_LOOK_AGAIN = """
UPDATE catalog_product AS p SET enriched_by = ''
FROM catalog_productfact AS f
WHERE p.seller_id = %(seller)s AND p.id <> %(id)s
  AND f.product_id = p.id AND f.field = 'hs_code' AND f.status = 'estimated'
  AND EXISTS (SELECT FROM unnest(%(words)s::text[]) AS w WHERE p.title ILIKE '%%' || w || '%%')
"""


def _look_again(product: Product) -> None:
    """The seller's products that share a telling word with `product` are proposed anew by the next enrichment."""
    words = [word for word in words_of(product.title) if len(word) >= TELLING]
    with connection.cursor() as cursor:
        cursor.execute(_LOOK_AGAIN, {"seller": product.seller_id, "id": product.pk, "words": words})


def _checked(row: ProductRow) -> ProductRow:
    price = row.unit_price
    if not (0 < len(row.sku) <= 64 and 0 < len(row.title) <= 300) or (price is not None and price.minor < 0):
        raise BadProduct(field="sku", value=row.sku)
    return row


_LOOKED_AT = """
UPDATE catalog_product AS p SET enriched_by = %(by)s
FROM unnest(%(ids)s::uuid[], %(titles)s::text[]) AS v(id, title)
WHERE p.id = v.id AND p.title = v.title
"""


def _keep_estimates(facts: Sequence[ProductFact], part: Sequence[tuple[UUID, str]], by: str) -> None:
    """Keep proposals and mark their products; one whose title has changed meanwhile stays unmarked."""
    ids, titles = [key for key, _ in part], [title for _, title in part]
    with transaction.atomic():
        _keep_facts(facts, over=("estimated",))
        with connection.cursor() as cursor:
            cursor.execute(_LOOKED_AT, {"by": by, "ids": ids, "titles": titles})


_UPSERT = """
INSERT INTO catalog_product AS p (id, seller_id, sku, title, unit_price_minor, currency, created_at, updated_at)
SELECT v.id, %(seller)s, v.sku, v.title, v.price, v.currency, %(now)s, %(now)s
FROM unnest(%(ids)s::uuid[], %(skus)s::text[], %(titles)s::text[], %(prices)s::bigint[], %(currencies)s::text[])
  AS v(id, sku, title, price, currency)
ORDER BY v.sku
ON CONFLICT (seller_id, sku) DO UPDATE
  SET title = EXCLUDED.title, unit_price_minor = EXCLUDED.unit_price_minor, currency = EXCLUDED.currency,
      updated_at = EXCLUDED.updated_at,
      enriched_by = CASE WHEN p.title = EXCLUDED.title THEN p.enriched_by ELSE '' END
  WHERE (p.title, p.unit_price_minor, p.currency)
    IS DISTINCT FROM (EXCLUDED.title, EXCLUDED.unit_price_minor, EXCLUDED.currency)
RETURNING sku, (xmax = 0) AS fresh
"""


def _upsert(seller_id: UUID, rows: Sequence[ProductRow], *, now: datetime) -> dict[str, bool]:
    """SKU to whether it is new, for the rows that were written; unchanged ones are not among them."""
    prices = [row.unit_price for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            _UPSERT,
            {
                "seller": seller_id, "now": now, "ids": [new_id() for _ in rows],
                "skus": [row.sku for row in rows], "titles": [row.title for row in rows],
                "prices": [price.minor if price else None for price in prices],
                "currencies": [price.currency if price else "" for price in prices],
            },
        )  # fmt: skip
        return dict(cursor.fetchall())


def _stated(
    ids: Mapping[str, UUID], rows: Iterable[ProductRow], *, actor: str, now: datetime
) -> list[ProductFact]:
    evidence = {"said_by": "the seller's file"}
    return [
        _row(
            ids[row.sku],
            Fact(field, checked_value(field, value), FactStatus.STATED, None, evidence),
            actor,
            now,
        )
        for row in rows
        for field, value in row.stated.items()
    ]


def _proposals(
    machine: Enricher, part: Sequence[tuple[UUID, str]], origin: str, *, actor: str, now: datetime
) -> tuple[list[ProductFact], int]:
    made = machine.propose([title for _, title in part], default_origin=origin)
    facts, with_hs = [], 0
    for (key, _), proposals in zip(part, made, strict=True):
        facts += [_estimate(key, proposal, actor, now) for proposal in proposals]
        with_hs += any(proposal.field == "hs_code" for proposal in proposals)
    return facts, with_hs


def _estimate(key: UUID, proposal: Proposal, actor: str, now: datetime) -> ProductFact:
    fact = Fact(
        proposal.field, proposal.value, FactStatus.ESTIMATED, round(proposal.confidence, 3), proposal.evidence
    )
    return _row(key, fact, actor, now)


def _row(product_id: UUID, fact: Fact, actor: str, now: datetime) -> ProductFact:
    return ProductFact(
        product_id=product_id, field=fact.field, value=fact.value, status=fact.status,
        confidence=fact.confidence, evidence=dict(fact.evidence), actor=actor, at=now,
    )  # fmt: skip


_KEEP = """
INSERT INTO catalog_productfact AS f (product_id, field, value, status, confidence, evidence, actor, at)
SELECT * FROM unnest(
  %(products)s::uuid[], %(fields)s::text[], %(values)s::text[], %(statuses)s::text[],
  %(confidences)s::float8[], %(evidence)s::jsonb[], %(actors)s::text[], %(ats)s::timestamptz[])
ON CONFLICT (product_id, field) DO UPDATE
  SET value = EXCLUDED.value, status = EXCLUDED.status, confidence = EXCLUDED.confidence,
      evidence = EXCLUDED.evidence, actor = EXCLUDED.actor, at = EXCLUDED.at
  WHERE f.status = ANY(%(over)s::text[])
    AND (f.value, f.status, f.confidence, f.evidence)
      IS DISTINCT FROM (EXCLUDED.value, EXCLUDED.status, EXCLUDED.confidence, EXCLUDED.evidence)
"""


def _keep_facts(facts: Sequence[ProductFact], *, over: Sequence[str]) -> None:
    """Write facts in one statement; an existing one gives way only if its status is in `over`."""
    if not facts:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _KEEP,
            {
                "products": [f.product_id for f in facts], "fields": [str(f.field) for f in facts],
                "values": [f.value for f in facts], "statuses": [str(f.status) for f in facts],
                "confidences": [f.confidence for f in facts], "evidence": [json.dumps(f.evidence) for f in facts],
                "actors": [f.actor for f in facts], "ats": [f.at for f in facts], "over": list(over),
            },
        )  # fmt: skip


def _was(fact: ProductFact | None) -> dict[str, str] | None:
    return {"value": fact.value, "status": fact.status} if fact else None


def _tell(seller_id: UUID, action: str, ids: Sequence[UUID], *, actor: str, now: datetime) -> None:
    """One deed and one event per call: a catalogue of thousands is one act of one person."""
    if not ids:
        return
    detail = {"products": len(ids), "first": str(ids[0])}
    audit.record([audit.Deed(action, "catalog", str(seller_id), seller_id, detail)], actor=actor, at=now)
    outbox.append([outbox.Event(action, str(seller_id), {"seller_id": str(seller_id), **detail})])


def _tell_enriched(seller_id: UUID, products: int, proposed: int, *, actor: str, now: datetime) -> None:
    detail = {"products": products, "proposed": proposed}
    with transaction.atomic():
        deed = audit.Deed("catalog.enriched", "catalog", str(seller_id), seller_id, detail)
        audit.record([deed], actor=actor, at=now)
        event = outbox.Event("catalog.enriched", str(seller_id), {"seller_id": str(seller_id), **detail})
        outbox.append([event])
