"""Middleware of the pages: facts become pages, the reader's language is remembered."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation

from fondaco.delivery.web.exports import table_file
from fondaco.delivery.web.typed import keep_typed, refilled, take_typed
from fondaco.kernel.errors import FondacoError

_Handler = Callable[[HttpRequest], HttpResponse]
API_PREFIX = "/api/"


class UnreadableAddress(FondacoError):
    """PostgreSQL knows no such character, and nobody types it."""

    code = "unreadable-address"
    title = "The address holds a character that no text has."
    remedy = "Go back and follow the link again."


class SeatMiddleware:
    """A signed-in person reads in their own language unless this browser chose another."""

    def __init__(self, get_response: _Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _chose_language(request) and not request.path.startswith((API_PREFIX, settings.STATIC_URL)):
            language = getattr(request.user, "language", "") if request.user.is_authenticated else ""
            if language in dict(settings.LANGUAGES):
                translation.activate(language)
                request.LANGUAGE_CODE = language
        return self.get_response(request)


class ZoneMiddleware:
    """Moments are told by the reader's clock: the browser names its zone in a cookie; without one they are in UTC."""

    def __init__(self, get_response: _Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = _zone_of(request.COOKIES.get(settings.ZONE_COOKIE_NAME, ""))
        if zone is None or request.path.startswith(API_PREFIX):
            return self.get_response(request)
        with timezone.override(zone):
            return self.get_response(request)


@lru_cache(maxsize=256)
def _zone_of(name: str) -> ZoneInfo | None:
    """The zone so called, None where nobody calls one so."""
    try:
        return ZoneInfo(name[:60]) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


class PrivacyMiddleware:
    """Pages of a signed-in person are kept by no cache, and signing out empties what the browser kept of them."""

    def __init__(self, get_response: _Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = settings.SESSION_COOKIE_NAME in request.COOKIES
        response = self.get_response(request)
        if known and not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store, private")
        if request.method == "POST" and request.path == reverse("account_logout"):
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


class ProblemMiddleware:
    """A FondacoError that reaches the top becomes the page (or the fragment) that tells of it."""

    def __init__(self, get_response: _Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") and not request.path.startswith(API_PREFIX):
            return problem_page(request, UnreadableAddress())
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, FondacoError):
            return None
        if request.path.startswith(API_PREFIX):
            return JsonResponse(
                exception.problem(), status=exception.status, content_type="application/problem+json"
            )
        return problem_page(request, exception)


class TypedMiddleware:
    """What was typed into a form that was refused stands in it again on the page shown next."""

    def __init__(self, get_response: _Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(API_PREFIX) or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return response
        if request.method == "POST" and response.status_code in (302, 303):
            keep_typed(request)
        elif request.method == "GET" and _is_shown(response) and (kept := take_typed(request)):
            page = refilled(response.content.decode(), path=kept["path"], fields=kept["fields"])
            response.content = page.encode()
        return response


def _is_shown(response: HttpResponse) -> bool:
    """Whether the answer is a page that a reader sees."""
    typed = response.get("Content-Type", "").startswith("text/html")
    return response.status_code == 200 and typed and not response.streaming


class TableFileMiddleware:
    """`?csv=NAME` at a page is the table so called on it as a file: whoever may see a table may take it home."""

    def __init__(self, get_response: _Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        name = request.GET.get("csv", "") if request.method == "GET" else ""
        if not name or not _is_shown(response) or request.path.startswith(API_PREFIX):
            return response
        return table_file(response.content.decode(), name=name[:60]) or response


def problem_page(request: HttpRequest, problem: FondacoError) -> HttpResponse:
    """The page of a fact: what happened, what was kept, what to do."""
    if problem.status == 404:
        raise Http404(problem.detail)
    template = "partials/problem.html" if getattr(request, "htmx", False) else "problem.html"
    return render(request, template, {"problem": problem}, status=problem.status)


def _chose_language(request: HttpRequest) -> bool:
    return settings.LANGUAGE_COOKIE_NAME in request.COOKIES
