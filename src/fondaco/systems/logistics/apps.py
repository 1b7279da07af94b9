from django.apps import AppConfig


class LogisticsConfig(AppConfig):
    name = "fondaco.systems.logistics"
    label = "logistics"
