"""Import: drop a file, look at the preview, import it, take back the rejects."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import (
    PRESETS,
    ColumnMapping,
    ImportPreview,
    PreviewRow,
    UploadDTO,
    UploadState,
)
from fondaco.delivery.jobs.public import start_import, worker_lives
from fondaco.delivery.web.seats import desk_of, member
from fondaco.flows.uploads import import_desk, keep_file, place_of
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope

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
    """Where to drop a file, the files on their way, and the imports so far."""
    desk = import_desk(scope)
    own = [name for name in desk.mappings if name not in PRESETS]
    return render(
        request, "imports/page.html",
        {"batches": desk.batches, "unfinished": desk.unfinished, "mappings": [*PRESETS, *own]},
    )  # fmt: skip


@require_POST
@member(Kind.SELLER, role=Role.CLERK)
def preview(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The first rows of a dropped file, with what is wrong with each; nothing is imported yet."""
    dropped = request.FILES.get("file")
    if dropped is None or (dropped.size or 0) > LARGEST:
        messages.error(request, _("Choose a CSV, XLSX or JSON file of at most 64 MB."))
        return redirect("imports")
    place = keep_file(scope, dropped.chunks())
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
    """Say which heading is which field, and keep that under a name if one is given; the preview is drawn anew."""
    kept = request.session.get(_SESSION)
    if kept:
        columns = {
            name: heading for name in _OUR_FIELDS if (heading := request.POST.get(f"column-{name}", ""))
        }
        currency = "" if "currency" in columns else request.POST.get("currency", "").strip().upper()
        kept = request.session[_SESSION] = {**kept, "columns": columns, "currency": currency}
        if name := request.POST.get("keep_as", "").strip():
            _keep_mapping(request, scope, kept, name=name)
    return redirect("import_preview")


def _keep_mapping(request: HttpRequest, scope: Scope, kept: dict[str, Any], *, name: str) -> None:
    try:
        orders.save_mapping(scope, _own_mapping(request, scope, kept, name=name), now=clock.now())
    except FondacoError as problem:
        messages.error(request, f"{problem.title} {problem.detail} {problem.remedy}")
    else:
        messages.success(
            request, _("The next file can be read by these columns: choose “%(name)s”.") % {"name": name}
        )


@require_POST
@member(Kind.SELLER, role=Role.CLERK)
def run(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Import the file just looked at: in the background, a small one at once. Again, it changes nothing twice."""
    kept = request.session.get(_SESSION)
    if not kept:
        return redirect("imports")
    try:
        mapping = _chosen(request, scope, kept)
        upload = start_import(
            scope, place=kept["place"], file_name=kept["name"], mapping=mapping, now=clock.now()
        )
    except FondacoError as problem:
        messages.error(request, f"{problem.title} {problem.detail} {problem.remedy}")
        return redirect("import_preview")
    except FileNotFoundError:
        return redirect("import_preview")
    del request.session[_SESSION]
    return redirect("import_upload", upload.id)


@require_GET
@member(Kind.SELLER)
def upload_page(request: HttpRequest, scope: Scope, upload_id: UUID) -> HttpResponseBase:
    """A file on its way into the book: how far it has come; once it is in, its import."""
    upload = orders.upload_detail(scope, upload_id)
    if upload.batch_id and upload.state == UploadState.DONE:
        return redirect("import_batch", upload.batch_id)
    return render(request, "imports/upload.html", _on_its_way(upload))


@require_GET
@member(Kind.SELLER)
def upload_progress(request: HttpRequest, scope: Scope, upload_id: UUID) -> HttpResponseBase:
    """The moving part of that page; it leads on by itself once there is nothing more to wait for."""
    upload = orders.upload_detail(scope, upload_id)
    if upload.is_over:
        response = HttpResponse()
        response["HX-Redirect"] = reverse("import_upload", args=[upload.id])
        return response
    return render(request, "imports/progress.html", _on_its_way(upload))


def _on_its_way(upload: UploadDTO) -> dict[str, Any]:
    """The upload, and whether anybody is there to import it."""
    waits = upload.state == UploadState.QUEUED
    return {
        "upload": upload,
        "nobody": waits and not worker_lives(now=clock.now()),
        "failure": upload.failure if upload.state == UploadState.FAILED else None,
    }


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


def _format(name: str) -> str | None:
    suffix = Path(name.removesuffix(".gz")).suffix.lstrip(".").lower()
    return suffix if suffix in ("csv", "xlsx", "json") else None


def _mapping(scope: Scope, name: str) -> ColumnMapping | None:
    if not name:
        return None
    return {**PRESETS, **orders.mappings_of(scope)}.get(name)


def _chosen(request: HttpRequest, scope: Scope, kept: dict[str, Any]) -> ColumnMapping:
    """The preset or kept mapping, or the columns that the person chose, or those recognised by their names."""
    return _mapping(scope, kept["mapping"]) or _own_mapping(request, scope, kept, name=kept["name"])


def _own_mapping(request: HttpRequest, scope: Scope, kept: dict[str, Any], *, name: str) -> ColumnMapping:
    columns, seat = kept.get("columns"), desk_of(request).seat
    if columns is None:
        found = _headings(scope, kept)
        columns = dict(found.guessed) if found else {}
    currency = kept.get("currency") or ("" if "currency" in columns else seat.currency if seat else "")
    return ColumnMapping(name=name[:60], columns=columns, currency=currency).checked()


def _look(scope: Scope, kept: dict[str, Any], mapping: ColumnMapping | None) -> ImportPreview | None:
    """The first rows under `mapping`, or only the headings without one; None where the file is gone."""
    try:
        with place_of(scope.organisation_id, kept["place"]).open("rb") as source:
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
