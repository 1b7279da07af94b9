"""Making declarations: recorded once per order, kind and part, checked, ready to lodge or told why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from fondaco.kernel import audit
from fondaco.kernel.bulk import insert_rows
from fondaco.kernel.errors import Conflict
from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money
from fondaco.platforms.window.declaration_store import LogLine, dto_rows, write_log
from fondaco.platforms.window.domain.declaration import (
    DeclarationDraft,
    DeclarationDTO,
    GoodsItem,
    Party,
    Transport,
    fit_items,
    local_reference,
)
from fondaco.platforms.window.domain.declaration_rules import check_draft
from fondaco.platforms.window.models import Declaration, DeclarationState, EventSource

COLUMNS = tuple(field.attname for field in Declaration._meta.concrete_fields)
_BLANK: dict[str, Any] = {
    "mrn": "", "lane": "", "attempts": 0, "held_state": "", "disputed": False,
}  # fmt: skip
ITEM_COLUMNS = (
    "declaration_id", "number", "hs_code", "description", "origin", "quantity", "net_g", "gross_g", "value_minor",
)  # fmt: skip
# A declaration in one of these may be followed by another version; so may a draft, which is then withdrawn.
_REPLACEABLE = frozenset({"draft", "validated", "rejected", "cancelled"})

Key = tuple[UUID, str, int]


class AlreadyLodged(Conflict):
    code = "already-lodged"
    title = "This declaration is with the authority and cannot be drawn up again."
    remedy = "Wait for the authority's answer, or ask it to cancel the declaration."


class ReferenceTaken(Conflict):
    code = "reference-taken"
    title = "Another declaration has this local reference number."
    remedy = "Leave the number empty: the house makes one."


def draft_declarations(
    drafts: Sequence[DeclarationDraft], *, actor: str, now: datetime
) -> list[DeclarationDTO]:
    """Record `drafts`, one per order, kind and part; what is recorded already is returned as it stands.

    A draft that keeps every rule is VALIDATED, any other stays DRAFT with its `problems` and is never
    lodged. More goods items than an authority takes are summarised by code and origin.
    """
    with transaction.atomic():
        latest = _latest(drafts)
        fresh = {_key(draft): draft for draft in drafts if _key(draft) not in latest}
        _insert([(draft, 1) for draft in fresh.values()], actor=actor, now=now)
        if fresh:
            latest = _latest(drafts)
        if taken := [draft.lrn for draft in drafts if _key(draft) not in latest]:
            raise ReferenceTaken(field="lrn", value=", ".join(taken))
    return [latest[_key(draft)] for draft in drafts]


def redraft_declarations(
    drafts: Sequence[DeclarationDraft], *, actor: str, now: datetime
) -> list[DeclarationDTO]:
    """Record `drafts` as the next version of declarations that were rejected, cancelled or never lodged.

    A draft that was not lodged is cancelled in favour of the new one. AlreadyLodged, and nothing changed,
    where one of them is with the authority.
    """
    with transaction.atomic():
        orders = [draft.order_id for draft in drafts]
        list(Declaration.objects.house().filter(order_id__in=orders).order_by("id").select_for_update())
        latest = {
            key: old for key, old in _latest(drafts).items() if key in {_key(draft) for draft in drafts}
        }
        if lodged := [old.lrn for old in latest.values() if old.state not in _REPLACEABLE]:
            raise AlreadyLodged(field="lrn", value=", ".join(lodged))
        _withdraw(list(latest.values()), actor=actor, now=now)
        versions = {key: old.version + 1 for key, old in latest.items()}
        _insert([(draft, versions.get(_key(draft), 1)) for draft in drafts], actor=actor, now=now)
        latest = _latest(drafts)
    return [latest[_key(draft)] for draft in drafts]


def _key(draft: DeclarationDraft) -> Key:
    return draft.order_id, draft.kind, draft.part


def _latest(drafts: Sequence[DeclarationDraft]) -> dict[Key, DeclarationDTO]:
    """The newest version of every order, kind and part in `drafts`."""
    orders = {draft.order_id for draft in drafts}
    rows = dto_rows(Declaration.objects.house().filter(order_id__in=orders).order_by("version"))
    return {(row.order_id, row.kind, row.part): row for row in rows}


def _withdraw(old: Sequence[DeclarationDTO], *, actor: str, now: datetime) -> None:
    open_ones = [one for one in old if one.state in {"draft", "validated"}]
    ids = [one.id for one in open_ones]
    Declaration.objects.house().filter(id__in=ids).update(state=DeclarationState.CANCELLED, decided_at=now)
    lines = [
        LogLine(one.id, EventSource.PLATFORM, "withdrawn", now, after="cancelled", before=one.state)
        for one in open_ones
    ]
    write_log(lines, actor=actor, now=now)
    deeds = (_deed("cancelled", one.id, one.seller_id, {"lrn": one.lrn}) for one in open_ones)
    audit.record(deeds, actor=actor, at=now)


def _insert(pairs: Sequence[tuple[DeclarationDraft, int]], *, actor: str, now: datetime) -> None:
    """Insert what no other writer inserted meanwhile, with its goods, log and audit lines."""
    rows = [declaration_row(draft, version=version, now=now) for draft, version in pairs]
    made = insert_rows("window_declaration", COLUMNS, rows, ending="ON CONFLICT DO NOTHING", key="id")
    ids = set(made)
    ours = [(row, draft) for row, (draft, _) in zip(rows, pairs, strict=True) if row["id"] in ids]
    items = [item_row(row["id"], item) for row, draft in ours for item in fit_items(draft.items)]
    insert_rows("window_declarationitem", ITEM_COLUMNS, items)
    write_log((_line(row, draft) for row, draft in ours), actor=actor, now=now)
    told = (_deed("drafted", row["id"], row["seller_id"], _facts(row)) for row, _ in ours)
    audit.record(told, actor=actor, at=now)


def declaration_row(draft: DeclarationDraft, *, version: int, now: datetime) -> dict[str, Any]:
    """The row of a new declaration: VALIDATED, or DRAFT with the `problems` that keep it from being lodged."""
    items = fit_items(draft.items)
    problems = check_draft(_with_items(draft, items))
    state = DeclarationState.DRAFT if problems else DeclarationState.VALIDATED
    return {
        **_BLANK,
        "id": new_id(),
        "order_id": draft.order_id,
        "seller_id": draft.seller_id,
        "buyer_id": draft.buyer_id,
        "authority_id": draft.authority_id,
        "kind": draft.kind,
        "part": draft.part,
        "version": version,
        "regime": draft.regime[:24],
        "country": draft.country[:2],
        "dispatch": draft.exporter.country[:2],
        "destination": draft.importer.country[:2],
        "reference": draft.reference[:60],
        "lrn": draft.lrn[:22]
        or local_reference(draft.order_id, kind=draft.kind, version=version, part=draft.part),
        "state": state.value,
        "problems": problems,
        "drafted_at": draft.drawn_at or now,
        "items_count": len(items),
        "gross_g": sum(item.gross_g for item in items),
        **_papers(draft),
        **_amounts(draft),
    }


def _with_items(draft: DeclarationDraft, items: Sequence[Any]) -> DeclarationDraft:
    return draft if len(items) == len(draft.items) else replace(draft, items=tuple(items))


def _papers(draft: DeclarationDraft) -> dict[str, Any]:
    return {
        "declarant": _party(draft.declarant),
        "exporter": _party(draft.exporter),
        "importer": _party(draft.importer),
        "transport": _transport(draft.transport),
        "incoterm": draft.incoterm[:3],
        "invoice_number": draft.invoice_number[:60],
        "invoiced_on": draft.invoiced_on,
        "packages": draft.packages,
        "package_kind": draft.package_kind[:2],
        "procedure": draft.procedure[:8],
    }


def _amounts(draft: DeclarationDraft) -> dict[str, Any]:
    return {
        "currency": draft.currency[:3],
        "invoice_total_minor": draft.invoice_total.minor,
        "freight_minor": draft.freight.minor,
        "insurance_minor": _minor(draft.insurance),
        "discount_minor": _minor(draft.discount),
        "estimated_duty_minor": draft.estimated_duty.minor,
        "estimated_tax_minor": draft.estimated_tax.minor,
    }


def _party(party: Party) -> dict[str, str]:
    named = ((field.name, getattr(party, field.name)) for field in fields(party))
    return {name: text for name, text in named if text}


def _transport(transport: Transport) -> dict[str, str]:
    named = ((field.name, getattr(transport, field.name)) for field in fields(transport))
    return {name: str(value) for name, value in named if value}


def item_row(declaration_id: UUID, item: GoodsItem) -> dict[str, Any]:
    """The row of a goods item."""
    return {
        "declaration_id": declaration_id,
        "number": item.goods_item_no,
        "hs_code": (item.hs_code or "")[:12],
        "description": item.description[:512],
        "origin": (item.origin or "")[:2],
        "quantity": item.quantity,
        "net_g": item.net_g,
        "gross_g": item.gross_g,
        "value_minor": item.value.minor,
    }


def _line(row: dict[str, Any], draft: DeclarationDraft) -> LogLine:
    told = {"problems": row["problems"], "mode": dict(draft.mode)}
    raw = {name: value for name, value in told.items() if value}
    drafted_at: datetime = row["drafted_at"]
    return LogLine(row["id"], EventSource.PLATFORM, "drafted", drafted_at, after=row["state"], raw=raw)


def _facts(row: dict[str, Any]) -> dict[str, Any]:
    return {"state": row["state"], "lrn": row["lrn"], "problems": len(row["problems"])}


def _deed(what: str, declaration_id: UUID, seller_id: UUID, detail: dict[str, Any]) -> audit.Deed:
    return audit.Deed(
        action=f"window.declaration.{what}",
        subject_type="declaration",
        subject_id=str(declaration_id),
        organisation_id=seller_id,
        detail=detail,
    )


def _minor(money: Money | None) -> int:
    return money.minor if money else 0
