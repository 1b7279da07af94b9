from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "fondaco.parties"
    label = "parties"
