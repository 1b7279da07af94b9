from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("logistics", "0005_tracking")]

    operations = []
