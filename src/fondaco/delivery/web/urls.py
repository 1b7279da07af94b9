"""Addresses of the pages."""

from __future__ import annotations

from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

from fondaco.delivery.web.views import calculator, home, search, site, tracking

urlpatterns: list[URLPattern | URLResolver] = [
    path("", site.landing, name="landing"),
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("fondaco/mark.svg"))),
    path("home/", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("help/", site.help_page, name="help"),
    path("style/", site.style, name="style"),
    path("style/why/", site.style_why, name="style_why"),
    path("mode/", site.choose_mode, name="choose_mode"),
    path("language/", site.choose_language, name="choose_language"),
    path("act-for/", site.switch_organisation, name="switch_organisation"),
    path("landed-cost/", calculator.calculator, name="calculator"),
    path("track/", tracking.track, name="track"),
]
