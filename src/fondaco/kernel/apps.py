from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "fondaco.kernel"
    label = "kernel"
