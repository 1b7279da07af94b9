"""Downloads: CSV as every list offers it (streamed, UTF-8 with a mark that Excel reads, safe from formulas), ZIP."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.http import HttpResponse, StreamingHttpResponse

from fondaco.kernel.tables import safe_cell

_NOT_IN_FILES = ".//*[self::button or self::form or self::input or self::select or self::svg or self::summary or {}]".format(
    " or ".join(f"contains(concat(' ', @class, ' '), ' {name} ')" for name in ("sr-only", "no-print", "why"))
)


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_response(
    name: str, *, headings: Sequence[str], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """`rows` under `headings` as a download called `name`."""
    response = StreamingHttpResponse(_lines(headings, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def table_file(page: str, *, name: str) -> StreamingHttpResponse | None:
    """The table called `name` on a rendered `page` as a download; None where the page has no such table.

    Cells as the reader sees them, but days and moments in ISO 8601, without buttons and words for the ear alone.
    """
    from lxml import html

    found: Any = html.document_fromstring(page).xpath("//table[@data-file=$name]", name=name)
    if not found:
        return None
    for part in found[0].xpath(_NOT_IN_FILES):
        part.drop_tree()
    rows = [[_cell_text(cell) for cell in row.iterchildren("th", "td")] for row in found[0].iter("tr")]
    headed = bool(found[0].xpath("./thead"))
    return csv_response(name, headings=rows[0] if headed else (), rows=rows[headed:])


def _cell_text(cell: Any) -> str:
    for moment in cell.iter("time"):
        for part in list(moment):
            moment.remove(part)
        moment.text = moment.get("datetime")
    return " ".join(" ".join(cell.itertext()).split())


def zip_response(name: str, *, files: Iterable[tuple[str, bytes]]) -> HttpResponse:
    """`files`, each a name and its content, as one download called `name`."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for title, content in files:
            archive.writestr(title, content)
    response = HttpResponse(packed.getvalue(), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    response["Cache-Control"] = "private, no-store"
    return response


def file_response(name: str, content: bytes, *, content_type: str) -> HttpResponse:
    """One file as a download called `name`."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=content_type, headers=headers)


def _lines(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + (str(writer.writerow(headings)) if headings else "")
    for row in rows:
        yield str(writer.writerow([safe_cell(cell) for cell in row]))
