from django.apps import AppConfig
from django.conf import settings


class WebConfig(AppConfig):
    name = "fondaco.delivery.web"
    label = "web"

    def ready(self) -> None:
        # whitenoise warns about a folder that a checkout has not yet collected anything into
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
