"""How lists are addressed: every one has a page and the same as a file."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponseBase
from django.urls import URLPattern, path

_View = Callable[..., HttpResponseBase]


def listed(at: str, page: _View, file: _View, *, name: str) -> list[URLPattern]:
    """The list called `name` at `at`/, and as CSV at `at`/export.csv under `name`_csv."""
    return [path(f"{at}/", page, name=name), path(f"{at}/export.csv", file, name=f"{name}_csv")]
