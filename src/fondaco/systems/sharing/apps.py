from django.apps import AppConfig


class SharingConfig(AppConfig):
    name = "fondaco.systems.sharing"
    label = "sharing"
