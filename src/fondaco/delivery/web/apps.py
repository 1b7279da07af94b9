from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "fondaco.delivery.web"
    label = "web"
