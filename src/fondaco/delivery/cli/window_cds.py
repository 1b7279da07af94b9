"""What the commands of the single window do with messages of the UK's CDS and entry data for the US."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from rich.table import Table

from fondaco.delivery.cli.boot import err, out, print_json
from fondaco.platforms.window import public as window


def show_message(raw: bytes, *, as_json: bool) -> None:
    """Print what a CDS message says: goods items of a declaration, or notifications."""
    view = window.parse_cds(raw)
    if as_json:
        print_json(_as_json(view))
        return
    table = Table("Message", "Reference", "Item", "Value", box=None, header_style="dim")
    for declaration in view.declarations:
        for item in declaration.items:
            price = f"{item.price.value} {item.price.currency}" if item.price else "no price"
            told = f"{item.code} {item.requested}{item.previous} {price}"
            table.add_row(declaration.kind, declaration.lrn, item.sequence, told)
    for response in view.responses:
        name = response.code.name if response.code else response.number
        told = "; ".join(f"{e.code} {e.path}" for e in response.errors) or response.mrn
        table.add_row(name, response.lrn, "", told)
    out.print(table)
    out.print(f"CDS {view.kind}, {len(view.faults)} faults.")


def check_message(raw: bytes, *, as_json: bool) -> bool:
    """Print every fault of a CDS message; whether there is none."""
    view = window.parse_cds(raw)
    return _tell(f"CDS {view.kind}", view.faults, sound=view.sound, as_json=as_json)


def check_us_entry(raw: bytes, *, as_json: bool) -> bool:
    """Print every fault of entry data for the United States; whether there is none."""
    faults = window.read_us_entry(raw).faults
    return _tell("US entry", faults, sound=not faults, as_json=as_json)


def is_h7(raw: bytes) -> bool:
    """Whether a JSON object is a data set H7 rather than entry data for the United States."""
    return b'"dataSet"' in raw[:200]


def check_h7(raw: bytes, *, euro: Decimal, as_json: bool) -> bool:
    """Print every fault of a data set H7; whether there is none."""
    faults = window.faults_of_h7(raw, euro=euro)
    return _tell("H7", faults, sound=not faults, as_json=as_json)


def _tell(name: str, found: Sequence[Any], *, sound: bool, as_json: bool) -> bool:
    faults = [asdict(fault) for fault in found]
    if as_json:
        print_json({"message": name, "sound": sound, "faults": faults})
        return not faults
    for fault in faults[:50]:
        err.print(f"[bold]{fault['path']}[/] {fault['problem']} {fault['remedy']}", soft_wrap=True)
    if not faults:
        out.print(f"[green]Sound:[/] {name}.")
    return not faults


def _as_json(view: window.CdsView) -> dict[str, Any]:
    return {
        "message": view.kind,
        "declarations": [asdict(declaration) for declaration in view.declarations],
        "responses": [asdict(response) for response in view.responses],
        "faults": [asdict(fault) for fault in view.faults],
    }
