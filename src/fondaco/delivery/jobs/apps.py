from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "fondaco.delivery.jobs"
    label = "jobs"
