from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from fondaco.delivery.api.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.urls")),
    path("api/v1/", api.urls),
    path("", include("fondaco.delivery.web.urls")),
]

handler404 = "fondaco.delivery.web.views.site.page_not_found"
