from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("logistics", "0004_routing")]

    operations = []
