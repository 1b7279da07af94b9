"""Exports: some countries want a list of every order that leaves, besides the declaration where it arrives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from fondaco.flows.modes import bonded_in, suit_mode
from fondaco.flows.work import Work
from fondaco.kernel.money import Money
from fondaco.parties.public import OrganisationDTO
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import DeclarationDraft, DeclarationDTO, OrderFacts

# Identifiers of a party: what a seller says of the refund of VAT (`none`: it claims none), and the number under
# which a warehouse abroad is registered with the exporter's customs.
REBATE = "vat_rebate"
OVERSEAS_WAREHOUSE = "overseas_warehouse"


def lodge_exports(imports: Sequence[DeclarationDraft], work: Work) -> None:
    """Draw up and lodge the export list of each order whose seller's country wants one.

    The goods leave once it is released, too (`stages.clear`); one that a person must mend waits meanwhile.
    """
    drafts = [_export_of(draft, work) for draft in imports if _is_listed(draft, work)]
    if not drafts:
        return
    made = window.draft_declarations(drafts, actor=work.actor, now=work.now)
    ids, at = [one.id for one in made], sent_at(made, work)
    window.lodge_papers(ids, work.ports.agency, actor=work.actor, now=work.now, at=at)
    window.lodge_declarations(ids, work.ports.agency, actor=work.actor, now=work.now, at=at)


def sent_at(made: Sequence[DeclarationDTO], work: Work) -> dict[UUID, datetime]:
    """When declarations of a past that is retold were sent: as soon as they were drawn up. Of others, nothing."""
    return {one.id: one.drafted_at for one in made} if work.retold else {}


def _is_listed(draft: DeclarationDraft, work: Work) -> bool:
    country = draft.exporter.country
    return country in work.house.customs and window.lists_each_order(
        country, "export", on=(draft.drawn_at or work.now).date()
    )


def _export_of(draft: DeclarationDraft, work: Work) -> DeclarationDraft:
    """The same consignment as it leaves: no duty or tax is owed, and the exporter's office is asked."""
    country, zero = draft.exporter.country, Money.zero(draft.currency)
    choice = suit_mode(_facts(draft, work))
    return replace(
        draft,
        authority_id=work.house.authority(country),
        kind="export",
        regime=choice.chosen.mode.regime,
        country=country,
        declarant=draft.exporter,
        estimated_duty=zero,
        estimated_tax=zero,
        mode=choice.as_record(),
    )


def _facts(draft: DeclarationDraft, work: Work) -> OrderFacts:
    codes = [item.hs_code or "" for item in draft.items]
    seller, buyer = work.parties.get(draft.seller_id), work.parties.get(draft.buyer_id)
    country = draft.exporter.country
    return OrderFacts(
        direction="export",
        country=country,
        on=draft.invoiced_on or work.now.date(),
        value=draft.invoice_total,
        mass_g=sum(item.gross_g for item in draft.items),
        b2c=buyer is None or buyer.identifiers.get("consumer", "") == "yes",
        licence=False,
        excise=window.is_excise(codes),
        export_duty=window.bears_export_duty(country, codes),
        rebate=None if seller is None else seller.identifiers.get(REBATE, "yes") != "none",
        eori=bool(draft.exporter.identifier),
        stock=_stock(draft, buyer, work),
        incoterm=draft.incoterm,
        origins=frozenset(item.origin for item in draft.items if item.origin),
    )


def _stock(draft: DeclarationDraft, buyer: OrganisationDTO | None, work: Work) -> str:
    """`overseas` where the buyer is a warehouse registered with the exporter's customs; else by the bonded stores."""
    if buyer is not None and buyer.identifiers.get(OVERSEAS_WAREHOUSE):
        return "overseas"
    pieces = sum(item.quantity for item in draft.items)
    return bonded_in(draft.order_id, draft.exporter.country, work, pieces=pieces)
