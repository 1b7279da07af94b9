from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "fondaco.delivery.api"
    label = "api"
