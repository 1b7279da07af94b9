"""Every list can be taken home as a file: by an address of its own, or as the table that a page shows."""

from __future__ import annotations

import csv
import re
from io import StringIO
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from fondaco.delivery.web.exports import table_file
from fondaco.delivery.web.middleware import TableFileMiddleware

TEMPLATES = Path(__file__).parents[1] / "templates"
# Excerpts of lists that have pages, and files, of their own; the sample of the style page is no list.
EXCERPTS = {
    "declarations/queue.html", "partials/consignment_rows.html", "partials/order_rows.html",
    "partials/payout_rows.html", "risk/rows.html", "style.html",
}  # fmt: skip
PAGE = """<table data-file="shown"><thead><tr><th>No <span class="sr-only">number</span></th><th>At</th><th>Sum</th></tr></thead>
<tbody><tr><th>=1+1</th><td><time datetime="2026-11-21T14:05:00+08:00" title="x">21 Nov 2026, 14:05 CST</time></td>
<td><bdi class="money">12.50<span class="cur">EUR</span></bdi><a class="why no-print">Why?</a></td></tr></tbody></table>"""


def rows_of(response: object) -> list[list[str]]:
    body = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(StringIO(body)))


def test_a_table_becomes_a_file_of_what_the_reader_sees() -> None:
    made = table_file(PAGE, name="shown")
    assert made is not None
    assert rows_of(made) == [["No", "At", "Sum"], ["'=1+1", "2026-11-21T14:05:00+08:00", "12.50 EUR"]]
    assert table_file(PAGE, name="other") is None


@pytest.mark.parametrize(("status", "method"), [(404, "get"), (200, "post")])
def test_only_a_page_that_was_shown_becomes_a_file(status: int, method: str) -> None:
    def page(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(PAGE, status=status)

    request = getattr(RequestFactory(), method)("/any/?csv=shown")
    assert TableFileMiddleware(page)(request).content.decode() == PAGE  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_the_style_page_hands_out_its_table() -> None:
    answer = Client().get("/style/?csv=style")
    assert answer["Content-Disposition"] == 'attachment; filename="style.csv"'
    assert len(rows_of(answer)) > 3


def test_every_list_has_a_file() -> None:
    """A table whose rows answer the keyboard is a list: its template links to a CSV, or names the table."""
    without = []
    for path in sorted(TEMPLATES.rglob("*.html")):
        name, text = str(path.relative_to(TEMPLATES)), path.read_text()
        if name in EXCERPTS or path.parent.name == "cotton" or re.search(r"_csv'|\.csv", text):
            continue
        tables = re.findall(r"<c-table [^>]*?(?:\{%.*?%\}[^>]*?)*>", text)
        without += [name for table in tables if 'keys=""' not in table and "file=" not in table]
    assert without == []
