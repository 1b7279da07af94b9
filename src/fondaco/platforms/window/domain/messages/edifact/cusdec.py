"""CUSDEC D.96B: the customs declaration, to the authority and back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.declaration import MOST_ITEMS, DeclarationItemDTO, Party, kilograms
from fondaco.platforms.window.domain.declaration_wco import TYPE_CODES
from fondaco.platforms.window.domain.declared import Declared
from fondaco.platforms.window.domain.messages.edifact.engine import Facts
from fondaco.platforms.window.domain.messages.edifact.layout import Block, Layout, block
from fondaco.platforms.window.domain.messages.gacc.spec import Fault

_TYPES = ",".join(TYPE_CODES.values())
_INCOTERMS = "EXW,FCA,FAS,FOB,CFR,CIF,CPT,CIP,DAP,DPU,DDP,DAT"
_MOMENT = "%Y%m%d%H%M%S"
# D.96B has no code for a charge of insurance in 5025: a code by agreement, as the directory lets parties do.
_AMOUNTS = (
    ("39", "invoice_total", True), ("64", "freight", False), ("ZIN", "insurance", False), ("52", "discount", False),
)  # fmt: skip


def party_block(group: str, qualifier: str, role: str, *, contact: bool) -> Block:
    """NAD of one party, with telephone and electronic mail where the message has room for them (`contact`)."""
    who = (
        f"NAD+={qualifier}+{{{role}_identifier 3039 an..35}}++{{{role}_name 3036 an..35*5!}}"
        f"+{{{role}_line 3042 an..35*4}}+{{{role}_city 3164 an..35}}++{{{role}_postcode 3251 an..9}}"
        f"+{{{role}_country 3207 a2!}}"
    )
    ways = f"COM+{{{role}_phone 3148 an..512}}:=TE\nCOM+{{{role}_email 3148 an..512}}:=EM"
    return block(group, who, ways) if contact else block(group, who)


def _amount(code: str, name: str, required: bool) -> Block:
    must = "!" if required else ""
    return block("SG8", f"MOA+={code}:{{{name} 5004 amt{must}}}:{{currency_{name} 6345 a3{must}}}")


def _tax(code: str, name: str) -> Block:
    row = f"TAX+3+={code}\nMOA+=55:{{{name} 5004 amt}}:{{currency_{name} 6345 a3}}"
    return block("SG49", row)


LAYOUT = Layout(
    "CUSDEC",
    "D.96B",
    block(
        "",
        f"""
        BGM+{{document 1001 in(929,830)!}}+{{lrn 1004 an..35!}}:{{version 1056 n..9!}}+{{function 1225 in(9,5,1,4)!}}
        CST++{{type 7361 in({_TYPES})!}}+{{regime 7361 an..18!}}+{{procedure 7361 an..18}}
        LOC+=22+{{country 3225 a2!}}
        LOC+=35+{{dispatch 3225 a2!}}
        LOC+=36+{{destination 3225 a2!}}
        DTM+=137:{{issued_at 2380 d204!}}:204
        MEA+=AAE+=AAD+KGM:{{gross 6314 kg!}}
        """,
        block(
            "SG1",
            "RFF+=ABO:{lrn_again 1154 an..35!}",
            block("SG2", "PAC+{packages 7224 n..8!}++{package_kind 7065 an..17!}"),
        ),
        block("SG1", "RFF+=ABT:{mrn 1154 an..35}"),
        block("SG1", "RFF+=ON:{reference 1154 an..35}"),
        block("SG4", "TDT+=11++{mode 8067 in(1,2,3,4,5,6,7,8,9)!}++:::{carrier 3128 an..35}"),
        block("SG5", "DOC+=703+{tracking 1004 an..35!}"),
        block("SG5", "DOC+=380+{invoice_number 1004 an..35}", "DTM+=3:{invoiced_on 2380 d102}:102"),
        party_block("SG6", "EX", "exporter", contact=True),
        party_block("SG6", "IM", "importer", contact=True),
        party_block("SG6", "DT", "declarant", contact=True),
        block("SG7", f"TOD+=6++{{incoterm 4053 in({_INCOTERMS})!}}"),
        *(_amount(*row) for row in _AMOUNTS),
        "UNS+=D",
        block(
            "SG30",
            """
            CST+{number 1496 n..5!}+{hs_code 7361 an..18!}
            FTX+=AAA+++{description 4440 an..70*5!}
            LOC+=27+{origin 3225 a2!}
            MEA+=AAE+=AAE+KGM:{gross 6314 kg!}
            MEA+=AAE+=AAF+KGM:{net 6314 kg!}
            MEA+=AAR++NMB:{quantity 6314 n..18!}
            """,
            block("SG33", "MOA+=38:{value 5004 amt!}:{currency 6345 a3!}"),
            name="item",
        ),
        """
        UNS+=S
        CNT+=2:{items 6066 n..18!}
        CNT+=11:{packages_total 6066 n..18!}
        """,
        _tax("CUD", "duty"),
        _tax("VAT", "tax"),
    ),
)


def facts_of(one: Declared) -> Facts:
    """The facts of a CUSDEC that declares `one`."""
    money = {
        "invoice_total": one.invoice_total_minor,
        "freight": one.freight_minor,
        "insurance": one.insurance_minor,
        "discount": one.discount_minor,
        "duty": one.estimated_duty_minor,
        "tax": one.estimated_tax_minor,
    }
    facts: Facts = {
        "document": "830" if one.kind == "export" else "929",
        "lrn": one.lrn,
        "lrn_again": one.lrn,
        "version": str(one.version),
        "function": "9",
        "type": TYPE_CODES[one.kind],
        "regime": one.regime,
        "procedure": one.procedure,
        "country": one.country,
        "dispatch": one.exporter.country,
        "destination": one.importer.country,
        "issued_at": one.issued_at.astimezone(UTC).strftime(_MOMENT),
        "gross": kilograms(one.gross_g),
        "packages": str(one.packages),
        "package_kind": one.package_kind,
        "packages_total": str(one.packages),
        "mrn": one.mrn,
        "reference": one.reference,
        "mode": one.mode,
        "carrier": one.carrier,
        "tracking": one.tracking,
        "invoice_number": one.invoice_number,
        "invoiced_on": one.invoiced_on.strftime("%Y%m%d") if one.invoiced_on else "",
        "incoterm": one.incoterm,
        "item": [_item_facts(item, one.currency) for item in one.items],
        "items": str(len(one.items)),
    }
    for name, minor in money.items():
        if minor or name == "invoice_total":
            facts |= {name: amount_text(minor, one.currency), f"currency_{name}": one.currency}
    for role, party in (("exporter", one.exporter), ("importer", one.importer), ("declarant", one.declarant)):
        facts |= party_facts(role, party)
    return facts


def read_facts(facts: Facts) -> Declared:
    """What a CUSDEC's facts declare; BadAmount or ValueError for facts that were not checked first."""
    currency = facts["currency_invoice_total"]
    minor = {name: amount_minor(facts.get(name, ""), currency) for name in (*_NAMES, "duty", "tax")}
    invoiced = facts.get("invoiced_on", "")
    return Declared(
        kind=next(kind for kind, code in TYPE_CODES.items() if code == facts["type"]),
        lrn=facts["lrn"],
        version=int(facts["version"]),
        country=facts["country"],
        regime=facts["regime"],
        reference=facts.get("reference", ""),
        issued_at=datetime.strptime(facts["issued_at"], _MOMENT).replace(tzinfo=UTC),
        currency=currency,
        invoice_total_minor=minor["invoice_total"],
        freight_minor=minor["freight"],
        insurance_minor=minor["insurance"],
        discount_minor=minor["discount"],
        estimated_duty_minor=minor["duty"],
        estimated_tax_minor=minor["tax"],
        incoterm=facts["incoterm"],
        invoice_number=facts.get("invoice_number", ""),
        invoiced_on=date.fromisoformat(invoiced) if invoiced else None,
        packages=int(facts["packages"]),
        package_kind=facts["package_kind"],
        procedure=facts.get("procedure", ""),
        gross_g=grams(facts["gross"]),
        declarant=party_read("declarant", facts),
        exporter=party_read("exporter", facts),
        importer=party_read("importer", facts),
        tracking=facts["tracking"],
        carrier=facts.get("carrier", ""),
        mode=facts["mode"],
        items=tuple(_item_read(item) for item in facts["item"]),
        mrn=facts.get("mrn", ""),
    )


_NAMES = tuple(name for _, name, _ in _AMOUNTS)


def check_sums(facts: Facts) -> Iterator[Fault]:
    """What the message says twice must agree: counts, masses, references, and the currency."""
    items: list[Facts] = facts.get("item", [])
    if not 1 <= len(items) <= MOST_ITEMS:
        yield Fault(
            "CUSDEC/item", "count", f"{len(items)} items.", f"Send 1 to {MOST_ITEMS}.", str(len(items))
        )
    yield from _echo("CUSDEC/CNT+2/6066", facts.get("items"), str(len(items)))
    yield from _echo("CUSDEC/CNT+11/6066", facts.get("packages_total"), facts.get("packages"))
    yield from _echo("CUSDEC/RFF+ABO/1154", facts.get("lrn_again"), facts.get("lrn"))
    for number, item in enumerate(items, 1):
        yield from _echo(f"CUSDEC/item[{number}]/CST/1496", item.get("number"), str(number))
        yield from _echo(
            f"CUSDEC/item[{number}]/MOA+38/6345", item.get("currency"), facts.get("currency_invoice_total")
        )
    for code, name, _ in _AMOUNTS:
        yield from _echo(
            f"CUSDEC/MOA+{code}/6345", facts.get(f"currency_{name}"), facts.get("currency_invoice_total")
        )
    masses = [_decimal(item.get("gross")) for item in items]
    if None not in masses and (told := _decimal(facts.get("gross"))) is not None:
        total = sum((mass for mass in masses if mass is not None), Decimal(0))
        yield from _echo("CUSDEC/MEA+AAE+AAD/6314", str(told), str(total))


def _echo(path: str, told: Any, meant: Any) -> Iterator[Fault]:
    if told and meant and told != meant:
        yield Fault(
            path, "disagrees", "The message says it otherwise elsewhere.", f"Write {meant}.", str(told)
        )


def _decimal(text: str | None) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except ArithmeticError:
        return None


def _item_facts(item: DeclarationItemDTO, currency: str) -> Facts:
    return {
        "number": str(item.number),
        "hs_code": item.hs_code,
        "description": item.description,
        "origin": item.origin,
        "gross": kilograms(item.gross_g),
        "net": kilograms(item.net_g),
        "quantity": str(item.quantity),
        "value": amount_text(item.value_minor, currency),
        "currency": currency,
    }


def _item_read(facts: Facts) -> DeclarationItemDTO:
    return DeclarationItemDTO(
        number=int(facts["number"]),
        hs_code=facts["hs_code"],
        description=facts["description"],
        origin=facts["origin"],
        quantity=int(facts["quantity"]),
        net_g=grams(facts["net"]),
        gross_g=grams(facts["gross"]),
        value_minor=amount_minor(facts["value"], facts["currency"]),
    )


def party_facts(role: str, party: Party) -> Facts:
    """The facts of a party under its role."""
    names = ("identifier", "name", "line", "city", "postcode", "country", "phone", "email")
    return {f"{role}_{name}": getattr(party, name) for name in names}


def party_read(role: str, facts: Facts) -> Party:
    """The party of a role from the facts."""
    party = Party(facts.get(f"{role}_name", ""), facts.get(f"{role}_country", ""))
    more = ("identifier", "line", "city", "postcode", "phone", "email")
    return replace(party, **{name: facts.get(f"{role}_{name}", "") for name in more})


def amount_text(minor: int, currency: str) -> str:
    """Minor units as the amount of a MOA."""
    return format(Money(minor, currency).amount, "f")


def amount_minor(text: str, currency: str) -> int:
    """The amount of a MOA in minor units, none where it is left out; BadAmount for more decimals than there are."""
    return Money.exactly(text, currency).minor if text else 0


def grams(text: str) -> int:
    """Kilograms with three decimals as grams."""
    return int(Decimal(text) * 1000)
