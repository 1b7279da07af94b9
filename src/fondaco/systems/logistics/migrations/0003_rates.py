"""What a lane charges beside freight; books that bring back earlier ones; bands checked once for each statement."""

import django.db.models.deletion
from django.db import migrations, models

# One look at all lanes that a statement has touched, instead of one for every row. The lanes are locked first, so
# that of two transactions filling one lane the second waits and then sees what the first wrote.
GUARD = """
CREATE FUNCTION logistics_check_bands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE clash record;
BEGIN
  PERFORM 1 FROM logistics_lane WHERE id IN (SELECT lane_id FROM touched) ORDER BY id FOR UPDATE;
  SELECT lane_id, weight_g, following INTO clash FROM (
    SELECT lane_id, weight_g, lead(weight_g) OVER (PARTITION BY lane_id ORDER BY lower(weight_g)) AS following
    FROM logistics_ratecell WHERE lane_id IN (SELECT lane_id FROM touched)
  ) AS bands WHERE weight_g && following LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'bands % and % of lane % overlap', clash.weight_g, clash.following, clash.lane_id
      USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'rate_cell_no_overlap';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER rate_cell_no_overlap_insert AFTER INSERT ON logistics_ratecell
  REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION logistics_check_bands();
CREATE TRIGGER rate_cell_no_overlap_update AFTER UPDATE ON logistics_ratecell
  REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION logistics_check_bands();
"""
UNGUARD = """
DROP TRIGGER rate_cell_no_overlap_insert ON logistics_ratecell;
DROP TRIGGER rate_cell_no_overlap_update ON logistics_ratecell;
DROP FUNCTION logistics_check_bands();
"""


class Migration(migrations.Migration):
    dependencies = [("logistics", "0002_guards")]

    operations = [
        migrations.RemoveConstraint(model_name="ratecell", name="rate_cell_no_overlap"),
        migrations.AddField(
            model_name="lane",
            name="clearance_minor",
            field=models.PositiveIntegerField(default=0, help_text="Once per consignment."),
        ),
        migrations.AddField(
            model_name="lane",
            name="cover_minor",
            field=models.PositiveBigIntegerField(default=0, help_text="The most that is insured; 0: any."),
        ),
        migrations.AddField(
            model_name="lane",
            name="insurance_basis_points",
            field=models.PositiveIntegerField(default=0, help_text="Of the value; 0: included."),
        ),
        migrations.AddField(
            model_name="lane", name="insurance_min_minor", field=models.PositiveIntegerField(default=0)
        ),
        migrations.AddField(
            model_name="lane",
            name="max_value_minor",
            field=models.PositiveBigIntegerField(default=0, help_text="Of the goods; 0: no limit."),
        ),
        migrations.AddField(
            model_name="pricebook",
            name="restores",
            field=models.ForeignKey(
                help_text="The version it brings back.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="logistics.pricebook",
            ),
        ),
        migrations.AddConstraint(
            model_name="ratecell",
            constraint=models.UniqueConstraint("lane", "weight_g__startswith", name="rate_cell_once"),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
