"""Commands of the single window: messages of authorities, written, read, checked and taken in."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, suppress
from dataclasses import asdict
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from threading import Event
from typing import Any

import typer
from rich.table import Table

from fondaco.delivery.cli import window_cds
from fondaco.delivery.cli.boot import JSON, Exit, command, err, out, print_json, tell, write_whole
from fondaco.flows.intake import take_in_folder
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError, Refused
from fondaco.platforms.window import public as window

window_app = typer.Typer(
    help="The single window: messages to and from customs, rendered, read and checked.", no_args_is_help=True
)

_FILE = typer.Argument(exists=True, dir_okay=False, help="A message of customs (XML).")
_FORMAT = typer.Option("", "--format", help="gacc or cds; if not given, the message itself says it.")


@window_app.command("render")
@command()
def render(
    *,
    kind: str = typer.Argument(help="The message: 303, 403, 603, 311, 411, 511, 621 …, or cds."),
    lrn: str = typer.Option(..., help="The local reference number of the declaration."),
    out_file: Path = typer.Option(..., "--out", help="Where to write the message."),
    key: Path | None = typer.Option(None, help="PEM file with key and certificate; signs the message."),
    reason: str = typer.Option("", help="Why it is cancelled or returned (605, 623, 213, 625)."),
    bill: str = typer.Option("", help="Master bill (507, 509, 607, 213, 215)."),
    vessel: str = typer.Option("", help="Vehicle, flight or vessel."),
    voyage: str = typer.Option("", help="Voyage or flight number."),
    as_json: bool = JSON,
) -> None:
    """Write a declaration as a message of Chinese customs or of the UK's CDS.

    What customs would refuse is named by its field, and nothing is written.
    """
    if kind == "cds":
        raw, name = window.render_cds_by_lrn(lrn, now=clock.now()), f"CDS declaration {lrn}"
    else:
        extras = window.MessageExtras(reason=reason, vessel=vessel, voyage=voyage, bill=bill)
        raw = window.render_gacc_by_lrn(lrn, kind, now=clock.now(), extras=extras, key=key)
        name = f"CEB{kind}Message of {lrn}"
    write_whole(out_file, raw)
    tell({"file": out_file, "bytes": len(raw)}, f"{name}: {len(raw)} bytes in {out_file}.", as_json=as_json)


@window_app.command("parse")
@command(database=False)
def parse(file: Path = _FILE, *, form: str = _FORMAT, as_json: bool = JSON) -> None:
    """What a message of Chinese customs or of the UK's CDS says, read liberally; its faults are counted."""
    raw = file.read_bytes()
    if _is_cds(raw, form):
        window_cds.show_message(raw, as_json=as_json)
        return
    view = window.read_gacc(raw)
    if as_json:
        print_json(view)
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
    form: str = _FORMAT,
    trusted: list[str] | None = typer.Option(None, help="SHA-256 fingerprints of known certificates."),
    euro: str = typer.Option("1", help="Of an H7 in another currency: what one unit of it is in euro."),
    as_json: bool = JSON,
) -> None:
    """Check a message against the official schema's limits, the rules beside it and its signature.

    A CEB message, one of the UK's CDS, a data set H7 of the Union or entry data for the United States (both JSON).

    Exit 1 if customs would refuse it, or if its signature does not fit or cannot be checked here.
    """
    raw = file.read_bytes()
    if raw.lstrip()[:1] == b"{":
        sound = (
            window_cds.check_h7(raw, euro=_rates([f"EUR={euro}"])["EUR"], as_json=as_json)
            if window_cds.is_h7(raw)
            else window_cds.check_us_entry(raw, as_json=as_json)
        )
        if not sound:
            raise typer.Exit(Exit.REFUSED)
        return
    if _is_cds(raw, form):
        if not window_cds.check_message(raw, as_json=as_json):
            raise typer.Exit(Exit.REFUSED)
        return
    view = window.read_gacc(raw)
    faults = [asdict(fault) for fault in view.faults]
    if as_json:
        print_json({"message": view.number, "sound": view.sound, "faults": faults})
    else:
        _show(view, faults)
    signature = window.read_gacc(raw, verified=True, trusted=trusted or None, at=clock.now()).signature
    if signature and not as_json:
        method = signature.method.rpartition("#")[2]
        out.print(f"Signed by {signature.subject} ({signature.fingerprint[:16]}…), {method}.")
    if view.faults:
        raise typer.Exit(Exit.REFUSED)


@window_app.command("assess")
@command(database=False)
def assess(
    *,
    declaration: str = typer.Option(help="A UK import declaration (CDS, XML); - reads standard input."),
    on: str = typer.Option("", help="The day of the rates, YYYY-MM-DD; else the acceptance date."),
    rate: list[str] | None = typer.Option(None, help="Units for one pound of a currency: EUR=1.1584."),
) -> None:
    """Print the tax lines of a UK import declaration as JSON: type, base, rate, relief, payable in pounds.

    A tax that cannot be worked out has no amounts but a reason with its remedy; it is never nothing. A message
    that is refused prints the problem as JSON too, and exits with 1.
    """
    try:
        raw = _declaration_bytes(declaration)
        day = _day(on) if on else None
        answer = window.assess_cds(raw, today=clock.today(), on=day, rates=_rates(rate or []))
    except FondacoError as problem:
        print_json({"problem": problem.problem()})
        raise
    print_json(window.assessment_as_json(answer))


@window_app.command("receive")
@command()
def receive(file: Path = _FILE, *, form: str = _FORMAT, as_json: bool = JSON) -> None:
    """Take in a receipt or tax bill of Chinese customs, or a notification of the UK's CDS.

    Again changes nothing; strangers are parked.
    """
    raw = file.read_bytes()
    take_in = window.receive_cds if _is_cds(raw, form) else window.receive_gacc
    report = take_in(raw, now=clock.now(), actor="cli")
    if as_json:
        print_json(report)
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
    kind: window.KeyKind = typer.Option(
        window.KeyKind.SM2, help="SM2 as the messages of 2022 want it, or RSA as those of 2018."
    ),
    as_json: bool = JSON,
) -> None:
    """Make a key and a certificate it signs itself, to try signing with; the port gives out the real ones."""
    pem = window.make_trial_key(name, now=clock.now(), kind=kind)
    if out_file.exists():
        raise window.KeyFileExists(field="out", value=str(out_file))
    handle = os.open(out_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
    said = f"Key and certificate of {name} in {out_file}, for you alone to read."
    tell({"file": out_file}, said, as_json=as_json)


class BadOption(Refused):
    code = "bad-option"
    title = "An option cannot be read."
    remedy = "Give days as 2026-11-22 and rates as EUR=1.1584."


def _is_cds(raw: bytes, form: str) -> bool:
    """Whether a message is one of the UK's CDS: as told, else by its root element."""
    if form not in {"", "gacc", "cds"}:
        raise BadOption(field="format", value=form, remedy="Use gacc or cds.")
    return form == "cds" or (not form and window.is_cds(raw))


def _declaration_bytes(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as fault:
        raise BadOption(str(fault), field="declaration", value=name) from fault


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise BadOption(field="on", value=text) from fault


def _rates(told: list[str]) -> dict[str, Decimal]:
    """Units for one pound by currency, of texts like EUR=1.1584."""
    found = {}
    for text in told:
        currency, _, number = text.partition("=")
        try:
            value = Decimal(number)
        except InvalidOperation as fault:
            raise BadOption(field="rate", value=text) from fault
        if not value.is_finite() or value <= 0:
            raise BadOption(field="rate", value=text)
        found[currency.strip().upper()] = value
    return found


def _show(view: window.MessageView, faults: list[dict[str, Any]]) -> None:
    for fault in faults[:50]:
        err.print(f"[bold]{fault['path']}[/] {fault['problem']} {fault['remedy']}", soft_wrap=True)
    if not faults:
        out.print(f"[green]Sound:[/] CEB{view.number}Message, {len(view.entries)} entries.")


@window_app.command("intake")
@command()
def intake(
    *,
    folder: Path = typer.Option(..., help="in/ is read; answers go to out/, what is refused to bad/."),
    seller: str = typer.Option(..., help="The short name of the declarant."),
    as_json: bool = JSON,
) -> None:
    """Take in what a declarant has put into a folder: JSON, GACC and CDS messages. Again changes nothing."""
    taken, refused = take_in_folder(seller, folder, now=clock.now())
    tell({"taken": taken, "refused": refused}, f"{taken} taken in, {refused} refused", as_json=as_json)
    if refused:
        raise typer.Exit(Exit.REFUSED)


@window_app.command("agency")
@command(database=False)
def agency(
    *,
    port: int = typer.Option(8700, help="Where it listens on this machine."),
    drop: Path | None = typer.Option(
        None, help="A folder to watch too: in/ is read, out/ holds the receipts."
    ),
    latency: float = typer.Option(0.0, help="Seconds it takes to answer."),
    refuse: float = typer.Option(0.0, help="Share of requests that meet an outage, 0 to 1."),
    duplicate: float = typer.Option(0.0, help="Share of receipts that come twice, 0 to 1."),
    reorder: bool = typer.Option(False, help="Shuffle the receipts of a page."),
) -> None:
    """Run a customs agency to try things with (a simulator) until Ctrl-C: WCO JSON, GACC, CDS and EDIFACT."""
    faults = window.Faults(latency_s=latency, refuse=refuse, duplicate=duplicate, reorder=reorder)
    with ExitStack() as stack:
        simulator = stack.enter_context(window.AgencySimulator(faults=faults, port=port))
        if drop is not None:
            stack.enter_context(window.watched(simulator, drop))
        out.print(f"Agency simulator at [bold]{simulator.url}[/]" + (f" and in {drop}" if drop else ""))
        with suppress(KeyboardInterrupt):
            Event().wait()
