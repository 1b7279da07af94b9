"""The applications about a return in two consignments (213, 215, 625), as they are sent, against GACC's official schemas."""

from __future__ import annotations

import pytest
from lxml import etree

from fondaco.platforms.window import public as window
from fondaco.platforms.window.tests.declaration_samples import NOW, TRADER
from fondaco.platforms.window.tests.gacc_samples import GACC
from fondaco.platforms.window.tests.test_gacc_service import key
from fondaco.platforms.window.tests.test_return_parts import coming, declared

pytestmark = [pytest.mark.django_db, pytest.mark.realdata, pytest.mark.usefixtures("key")]
__all__ = ["key"]


@pytest.mark.parametrize(("number", "side"), [("625", "import"), ("213", "export"), ("215", "export")])
def test_what_is_sent_about_a_return_is_valid_by_the_official_schema(number, side):
    made = coming(declared(side), side, a=4, b=30)
    official = etree.XMLSchema(etree.parse(str(GACC / "xsd" / f"ceb_{side}_202205.xsd")))
    drawn = window.draw_applications(TRADER, made, number, now=NOW)
    assert len(drawn) == 2
    for key_ in drawn:
        message, text = window.application_text(TRADER, key_)
        root = etree.fromstring(text.encode())
        official.assertValid(root)
        assert (message, etree.QName(root).localname) == (number, f"CEB{number}Message")
        signed = root.find("{http://www.w3.org/2000/09/xmldsig#}Signature") is not None
        assert signed is (number == "625")  # the schema and its notes ask for no signature of 213 and 215
