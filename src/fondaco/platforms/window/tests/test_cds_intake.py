"""UK declarations lodged with the house: taken in, answered in CDS's words, amended, withdrawn, refused by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fondaco.kernel.errors import FondacoError
from fondaco.platforms.window.cds_messages import parse_cds_response, render_cds
from fondaco.platforms.window.models import Declaration, IntakeBatch
from fondaco.platforms.window.public import decide, notifications_of, sweep_intake, take_in_cds
from fondaco.platforms.window.tests.declaration_samples import AUTHORITY, NOW, OFFICER, TRADER
from fondaco.platforms.window.tests.uk_declarations import uk_filing

pytestmark = pytest.mark.django_db


def lodge(raw):
    said = take_in_cds(TRADER, raw, authorities={"GB": AUTHORITY}, now=NOW)
    return said, [(one.code.name, one.mrn) for one in parse_cds_response(notifications_of(said))]


def changed(filing, function, kind, mrn=""):
    """The same declaration as an amendment (COR) or cancellation (INV) of what `mrn` names."""
    text = render_cds(filing).decode()
    for old, new in (
        ("<FunctionCode>9<", "<FunctionCode>13<"),
        (f"<TypeCode>{kind}<", f"<TypeCode>{function}<"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    if mrn:
        end = "</FunctionalReferenceID>"
        text = text.replace(end, f"{end}\n  <ID>{mrn}</ID>", 1)
    return text.encode()


@pytest.mark.parametrize(
    ("kind", "regime", "worth"), [("import", "H1", 20_000), ("import", "H7", 9_000), ("export", "B1", 20_000)]
)
def test_a_declaration_is_recorded_as_said_and_answered_with_its_notifications(kind, regime, worth):
    filing = uk_filing(kind, worth=worth)
    _, told = lodge(render_cds(filing))
    row = Declaration.objects.house().get(lrn=filing.lrn)
    assert (row.kind, row.country, row.regime, row.currency) == (kind, "GB", regime, "GBP")
    assert (row.invoice_total_minor, row.items_count, row.gross_g) == (worth, 2, filing.gross_g)
    assert row.transport["tracking"] == filing.transport["tracking"]
    assert row.reference == filing.reference
    assert told[0] == ("DMSACC", row.mrn)
    assert {"released": "DMSCLE", "docs_required": "DMSDOC", "inspection": "DMSCTL"}[row.state] == told[1][0]
    again, same = lodge(render_cds(filing))
    assert (again.again, same, Declaration.objects.house().count()) == (True, told, 1)


def vague():
    """A declaration whose goods are described so poorly that an officer asks for papers."""
    filing = uk_filing()
    return replace(filing, items=[replace(i, description="goods") for i in filing.items])


def waiting(filing):
    """It, once lodged: nothing is released yet."""
    lodge(render_cds(filing))
    row = Declaration.objects.house().get(lrn=filing.lrn)
    assert row.state == "docs_required"
    return row


def test_a_cancellation_withdraws_what_is_not_released_and_is_told():
    filing = vague()
    row = waiting(filing)
    _, told = lodge(changed(filing, "INV", "IMD", row.mrn))
    row.refresh_from_db()
    assert (row.state, told) == ("cancelled", [("DMSINV", row.mrn)])
    assert [event.code for event in row.events.order_by("id")][-2:] == ["cancel", "DMSINV"]
    once, _ = lodge(changed(filing, "INV", "IMD", row.mrn))
    assert (once.again, row.events.count()) == (True, 5)


def test_an_amendment_follows_as_the_next_version_with_its_own_log():
    filing = vague()
    row = waiting(filing)
    more = replace(filing, items=[replace(i, quantity=i.quantity + 1) for i in filing.items])
    _, told = lodge(changed(more, "COR", "IMD", row.mrn))
    old, new = Declaration.objects.house().order_by("version")
    assert (old.id, old.state, new.version, new.lrn) == (row.id, "cancelled", 2, f"{row.lrn[:20]}V2")
    assert told[0] == ("DMSRES", new.mrn)
    assert [item.quantity for item in new.items.order_by("number")] == [i.quantity for i in more.items]
    assert [event.code for event in old.events.order_by("id")][-2:] == ["amend", "DMSINV"]


def test_what_is_released_or_a_strangers_is_not_changed():
    filing = vague()
    row = waiting(filing)
    decide(OFFICER, row.id, "release", reason="papers seen", now=NOW)
    _, told = lodge(changed(filing, "INV", "IMD", row.mrn))
    assert told == [("DMSREQ", "")]
    _, told = lodge(changed(replace(filing, lrn="NOBODYS1"), "INV", "IMD"))
    assert told == [("DMSREQ", "")]
    row.refresh_from_db()
    assert (row.state, row.events.count()) == ("released", 5)


def test_what_breaks_a_rule_is_rejected_by_name_and_not_recorded():
    text = render_cds(uk_filing()).decode().replace("3926400000"[:8], "39264000", 1)
    _, told = lodge(
        text.replace(
            '<InvoiceAmount currencyID="GBP">200.00', '<InvoiceAmount currencyID="GBP">900.00'
        ).encode()
    )
    assert [code for code, _ in told] == ["DMSREJ"]
    assert Declaration.objects.house().count() == 0


@pytest.mark.parametrize(
    ("wreck", "code"),
    [
        (lambda raw: raw[: len(raw) // 2], "malformed-xml"),
        (lambda raw: raw.replace(b"DEC-DMS:2", b"DEC-DMS:9"), "cds-namespace"),
        (
            lambda raw: raw.replace(b"<GoodsItemQuantity>2<", b"<GoodsItemQuantity>two<"),
            "cds-message-refused",
        ),
    ],
)
def test_what_is_no_sound_message_is_refused_whole(wreck, code):
    with pytest.raises(FondacoError) as refusal:
        lodge(wreck(render_cds(uk_filing())))
    assert refusal.value.code == code
    assert (Declaration.objects.house().count(), IntakeBatch.objects.count()) == (0, 0)


def test_a_folder_is_taken_in_answered_and_put_away(tmp_path):
    (tmp_path / "in").mkdir()
    raw = render_cds(uk_filing())
    files = {"a.cds.xml": raw, "b.cds.xml": raw[:200], "c.txt": b"hello"}
    for name, content in files.items():
        (tmp_path / "in" / name).write_bytes(content)

    def take(form, content):
        said = take_in_cds(TRADER, content, authorities={"GB": AUTHORITY}, now=NOW)
        return form.encode() + notifications_of(said)

    assert sweep_intake(tmp_path, take) == (1, 2)
    assert (tmp_path / "out" / "a.cds.xml.answer").read_bytes().startswith(b"cds<?xml")
    assert sorted(path.name for path in (tmp_path / "bad").iterdir()) == [
        "b.cds.xml", "b.cds.xml.reason.json", "c.txt", "c.txt.reason.json",
    ]  # fmt: skip
    assert (Declaration.objects.house().count(), sweep_intake(tmp_path, take)) == (1, (0, 0))
