"""Commands of the single window: messages of authorities, written, read, checked and taken in."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from fondaco.delivery.cli.boot import Exit, command, err, out
from fondaco.kernel import clock
from fondaco.platforms.window import public as window

window_app = typer.Typer(
    help="The single window: messages to and from customs, rendered, read and checked.", no_args_is_help=True
)

_FILE = typer.Argument(exists=True, dir_okay=False, help="A message of customs (XML).")
_JSON = typer.Option(False, "--json", help="One line of JSON.")


@window_app.command("render")
@command()
def render(
    *,
    kind: str = typer.Argument(help="The message: 303, 403, 603, 311, 411, 511, 621 …"),
    lrn: str = typer.Option(..., help="The local reference number of the declaration."),
    out_file: Path = typer.Option(..., "--out", help="Where to write the message."),
    key: Path | None = typer.Option(None, help="PEM file with key and certificate; signs the message."),
    reason: str = typer.Option("", help="Why it is cancelled or returned (605, 623, 213, 625)."),
    bill: str = typer.Option("", help="Master bill (507, 509, 607, 213, 215)."),
    vessel: str = typer.Option("", help="Vehicle, flight or vessel."),
    voyage: str = typer.Option("", help="Voyage or flight number."),
) -> None:
    """Write a declaration as a message of Chinese customs; what customs would refuse is named by its field."""
    extras = window.MessageExtras(reason=reason, vessel=vessel, voyage=voyage, bill=bill)
    raw = window.render_gacc_by_lrn(lrn, kind, now=clock.now(), extras=extras, key=key)
    out_file.write_bytes(raw)
    out.print(f"CEB{kind}Message of {lrn}: {len(raw)} bytes in {out_file}.")


@window_app.command("parse")
@command(database=False)
def parse(file: Path = _FILE, *, as_json: bool = _JSON) -> None:
    """What a message of Chinese customs says, read liberally; its faults are counted."""
    view = window.read_gacc(file.read_bytes())
    if as_json:
        print(json.dumps(asdict(view), default=str, ensure_ascii=False))
        return
    table = Table("Entry", "Field", "Value", box=None, header_style="dim")
    for place, entry in enumerate(view.entries, start=1):
        for name, value in entry["fields"].items():
            table.add_row(str(place), name, str(value))
        table.add_row(str(place), "lines", str(len(entry["lines"])))
    out.print(table)
    out.print(f"CEB{view.number}Message, {len(view.entries)} entries, {len(view.faults)} faults.")


@window_app.command("check")
@command(database=False)
def check(
    file: Path = _FILE,
    *,
    trusted: list[str] | None = typer.Option(None, help="SHA-256 fingerprints of known certificates."),
    as_json: bool = _JSON,
) -> None:
    """Check a message against the official schema's limits, the rules beside it and its signature.

    Exit 1 if customs would refuse it, or if its signature does not fit or cannot be checked here.
    """
    raw = file.read_bytes()
    view = window.read_gacc(raw)
    faults = [asdict(fault) for fault in view.faults]
    if as_json:
        print(json.dumps({"message": view.number, "sound": view.sound, "faults": faults}, ensure_ascii=False))
    else:
        _show(view, faults)
    signature = window.read_gacc(raw, verified=True, trusted=trusted or None).signature
    if signature and not as_json:
        out.print(f"Signed by {signature.subject} ({signature.fingerprint[:16]}…).")
    if view.faults:
        raise typer.Exit(Exit.REFUSED)


@window_app.command("receive")
@command()
def receive(file: Path = _FILE, *, as_json: bool = _JSON) -> None:
    """Take in a receipt or tax bill of Chinese customs; again changes nothing, strangers are parked."""
    report = window.receive_gacc(file.read_bytes(), now=clock.now(), actor="cli")
    if as_json:
        print(json.dumps(asdict(report), default=str))
        return
    out.print(f"{report.applied} applied, {report.noted} noted, {report.held} held until the papers match.")
    out.print(
        f"{report.superseded} late, {report.repeated} heard before, {report.parked} parked for a person."
    )


@window_app.command("key")
@command(database=False)
def make_key(
    *,
    out_file: Path = typer.Option(..., "--out", help="Where to write key and certificate (PEM)."),
    name: str = typer.Option("Fondaco trial", help="The name in the certificate."),
) -> None:
    """Make a key and a certificate it signs itself, to try signing with; the port gives out the real ones."""
    pem = window.make_trial_key(name, now=clock.now())
    if out_file.exists():
        raise window.KeyFileExists(field="out", value=str(out_file))
    handle = os.open(out_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
    out.print(f"Key and certificate of {name} in {out_file}, for you alone to read.")


def _show(view: window.MessageView, faults: list[dict[str, Any]]) -> None:
    for fault in faults[:50]:
        err.print(f"[bold]{fault['path']}[/] {fault['problem']} {fault['remedy']}", soft_wrap=True)
    if not faults:
        out.print(f"[green]Sound:[/] CEB{view.number}Message, {len(view.entries)} entries.")
