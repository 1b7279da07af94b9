"""Import: drop a file, look at the preview, import it, take back the rejects."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import PRESETS, ColumnMapping, ImportPreview, PreviewRow
from fondaco.delivery.web.seats import desk_of, member
from fondaco.flows.import_book import import_for
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope

KEPT = settings.HOME / "uploads"
LARGEST = 64 * 1024 * 1024
_SESSION = "import"
_OUR_FIELDS = (
    "order",
    "sku",
    "title",
    "quantity",
    "unit_price",
    "ordered_at",
    "country",
    "buyer",
    "currency",
)


@require_GET
@member(Kind.SELLER)
def import_page(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Where to drop a file, and the imports so far."""
    return render(
        request, "imports/page.html",
        {"batches": orders.list_batches(scope), "mappings": [*PRESETS, *_kept_mappings(scope)]},
    )  # fmt: skip


@require_POST
@member(Kind.SELLER, role=Role.CLERK)
def preview(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The first rows of a dropped file, with what is wrong with each; nothing is imported yet."""
    dropped = request.FILES.get("file")
    if dropped is None or (dropped.size or 0) > LARGEST:
        messages.error(request, _("Choose a CSV, XLSX or JSON file of at most 64 MB."))
        return redirect("imports")
    place = _keep(scope, dropped)
    request.session[_SESSION] = {
        "place": place.name,
        "name": dropped.name,
        "mapping": request.POST.get("mapping", ""),
    }
    return redirect("import_preview")


@require_GET
@member(Kind.SELLER, role=Role.CLERK)
def show_preview(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The preview of the file just dropped, under the columns chosen; it survives a reload."""
    kept = request.session.get(_SESSION)
    if not kept:
        return redirect("imports")
    found = problem = None
    chosen: ColumnMapping | None = None
    try:
        chosen = _chosen(request, scope, kept)
        found = _look(scope, kept, chosen)
    except FondacoError as exc:
        problem, found = exc, _headings(scope, kept)
    context = {
        "kept": kept,
        "found": found,
        "problem": problem,
        "preset": bool(kept["mapping"]),
        "columns": dict(chosen.columns)
        if chosen
        else kept.get("columns") or (found.guessed if found else {}),
        "currency": chosen.currency if chosen else kept.get("currency", ""),
        "fields": _OUR_FIELDS,
        "rows": [(row, _cells(row)) for row in found.rows] if found else [],
    }
    return render(request, "imports/preview.html", context)


@require_POST
@member(Kind.SELLER, role=Role.CLERK)
def choose_columns(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Say which heading is which field; the preview is drawn anew."""
    kept = request.session.get(_SESSION)
    if kept:
        columns = {
            name: heading for name in _OUR_FIELDS if (heading := request.POST.get(f"column-{name}", ""))
        }
        currency = "" if "currency" in columns else request.POST.get("currency", "").strip().upper()
        request.session[_SESSION] = {**kept, "columns": columns, "currency": currency}
    return redirect("import_preview")


@require_POST
@member(Kind.SELLER, role=Role.CLERK)
def run(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Import the file just looked at. Again, it changes nothing twice."""
    kept = request.session.get(_SESSION)
    if not kept:
        return redirect("imports")
    place = _place(scope, kept["place"])
    try:
        with place.open("rb") as source:
            report = import_for(
                scope, source, mapping=_chosen(request, scope, kept), file_name=kept["name"], now=clock.now()
            )
    except FondacoError as problem:
        messages.error(request, f"{problem.title} {problem.detail} {problem.remedy}")
        return redirect("import_preview")
    except FileNotFoundError:
        return redirect("import_preview")
    del request.session[_SESSION]
    place.unlink(missing_ok=True)
    messages.success(
        request,
        _("%(new)s orders are new, %(same)s were there already, %(bad)s rows were kept out.")
        % {
            "new": report["orders_created"],
            "same": report["orders_unchanged"],
            "bad": report["rejected_lines"],
        },
    )
    return redirect("import_batch", report["batch_id"])


@require_GET
@member(Kind.SELLER)
def batch_page(request: HttpRequest, scope: Scope, batch_id: UUID) -> HttpResponseBase:
    """One import: counts, reasons and the refused rows."""
    batch, rejects = orders.batch_detail(scope, batch_id)
    return render(request, "imports/batch.html", {"batch": batch, "rejects": rejects})


@require_GET
@member(Kind.SELLER)
def rejects_file(request: HttpRequest, scope: Scope, batch_id: UUID) -> HttpResponseBase:
    """The refused rows, as a file to mend and to import again."""
    orders.batch_detail(scope, batch_id, size=1)
    response = StreamingHttpResponse(orders.rejected_lines(batch_id), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rejects-{batch_id}.csv"'
    return response


def _keep(scope: Scope, dropped: UploadedFile[Any]) -> Path:
    folder = KEPT / str(scope.organisation_id)
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / str(new_id())
    with place.open("wb") as target:
        for chunk in dropped.chunks():
            target.write(chunk)
    return place


def _place(scope: Scope, name: str) -> Path:
    return KEPT / str(scope.organisation_id) / Path(name).name


def _format(name: str) -> str | None:
    suffix = Path(name.removesuffix(".gz")).suffix.lstrip(".").lower()
    return suffix if suffix in ("csv", "xlsx", "json") else None


def _kept_mappings(scope: Scope) -> list[str]:
    return [name for name in orders.mappings_of(scope) if name not in PRESETS]


def _mapping(scope: Scope, name: str) -> ColumnMapping | None:
    if not name:
        return None
    return {**PRESETS, **orders.mappings_of(scope)}.get(name)


def _chosen(request: HttpRequest, scope: Scope, kept: dict[str, Any]) -> ColumnMapping:
    """The preset, or the columns that the person chose, or those recognised by their names."""
    preset = _mapping(scope, kept["mapping"])
    if preset:
        return preset
    columns, seat = kept.get("columns"), desk_of(request).seat
    if columns is None:
        found = _headings(scope, kept)
        columns = dict(found.guessed) if found else {}
    currency = kept.get("currency") or ("" if "currency" in columns else seat.currency if seat else "")
    return ColumnMapping(name=kept["name"][:60], columns=columns, currency=currency).checked()


def _look(scope: Scope, kept: dict[str, Any], mapping: ColumnMapping | None) -> ImportPreview | None:
    """The first rows under `mapping`, or only the headings without one; None where the file is gone."""
    try:
        with _place(scope, kept["place"]).open("rb") as source:
            return orders.preview_import(
                source, mapping=mapping, now=clock.now(), format=_format(kept["name"])
            )
    except FileNotFoundError:
        return None


def _headings(scope: Scope, kept: dict[str, Any]) -> ImportPreview | None:
    try:
        return _look(scope, kept, None)
    except FondacoError:
        return None


def _cells(row: PreviewRow) -> list[str]:
    """A row's cells in the order of our fields, whether it was understood or not."""
    values = dict(row.values)
    if "unit_minor" in values:
        values["unit_price"] = str(Money(int(values["unit_minor"]), values["currency"]).amount)
    return [str(values.get(name) or "")[:120] for name in _OUR_FIELDS]
