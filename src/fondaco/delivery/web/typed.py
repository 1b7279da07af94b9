"""A form that was refused keeps what was typed: the post is kept for one page, and that page's form is filled from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.messages import ERROR
from django.http import HttpRequest

_KEY = "typed"
_MOST = 20_000  # characters kept; a form with more is long enough to be kept by a file
_SECRET = ("csrfmiddlewaretoken", "password")
_UNTOUCHED = frozenset({"hidden", "password", "file", "submit", "button", "reset", "image"})

Fields = Mapping[str, list[str]]


def keep_typed(request: HttpRequest) -> None:
    """Keep the fields of a post that was answered with an error, for the page shown next."""
    queued = getattr(getattr(request, "_messages", None), "_queued_messages", ())
    if not request.user.is_authenticated or not any(message.level >= ERROR for message in queued):
        return
    fields = {
        name: values for name, values in request.POST.lists() if not any(part in name for part in _SECRET)
    }
    if sum(len(value) for values in fields.values() for value in values) <= _MOST:
        request.session[_KEY] = {"path": request.path, "fields": fields}


def take_typed(request: HttpRequest) -> dict[str, Any] | None:
    """What was kept, once."""
    kept: dict[str, Any] | None = request.session.pop(_KEY, None) if _KEY in request.session else None
    return kept


def refilled(page: str, *, path: str, fields: Fields) -> str:
    """`page` with the form that posts to `path` filled with `fields` and unfolded; as it is without such a form."""
    if f'action="{path}"' not in page:
        return page
    from lxml import html

    document: Any = html.document_fromstring(page)
    for form in document.xpath("//form[@action=$path]", path=path):
        for control in _controls(document, form):
            _fill(control, fields.get(str(control.get("name")), []))
        for fold in form.iterancestors("details"):
            fold.set("open", "")
    filled: str = html.tostring(document, encoding="unicode", doctype="<!DOCTYPE html>")
    return filled


def _controls(document: Any, form: Any) -> Iterator[Any]:
    """The named controls of a form, those that stand elsewhere included."""
    yield from form.xpath(".//*[@name and (self::input or self::select or self::textarea)]")
    if form.get("id"):
        yield from document.xpath("//*[@name and @form=$id]", id=form.get("id"))


def _fill(control: Any, values: list[str]) -> None:
    kind = control.get("type", "text")
    if control.tag == "textarea":
        control.text = values[0] if values else ""
    elif control.tag == "select":
        for option in control.iter("option"):
            _mark(option, "selected", set_=option.get("value", option.text or "") in values)
    elif kind in ("checkbox", "radio"):
        _mark(control, "checked", set_=control.get("value", "on") in values)
    elif kind not in _UNTOUCHED and values:
        control.set("value", values[0])


def _mark(element: Any, name: str, *, set_: bool) -> None:
    if set_:
        element.set(name, name)
    else:
        element.attrib.pop(name, None)
