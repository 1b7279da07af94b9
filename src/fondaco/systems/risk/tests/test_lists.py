"""List files: what they say, and what is refused."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from fondaco.systems.risk.adapters.lists import read_bis, read_lists, read_ofac, read_un
from fondaco.systems.risk.domain.lists import BadList
from fondaco.systems.risk.models import ListEntry, ListName, ListVersion
from fondaco.systems.risk.public import ScreenRequest, lists_in_force, load_lists, screen_names

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
UN = """<?xml version="1.0"?><CONSOLIDATED_LIST dateGenerated="2026-02-27T00:00:09Z"><INDIVIDUALS><INDIVIDUAL>
<FIRST_NAME>ZORVAN</FIRST_NAME><SECOND_NAME>QUELLMARCH</SECOND_NAME><UN_LIST_TYPE>TEST</UN_LIST_TYPE>
<REFERENCE_NUMBER>TSi.001</REFERENCE_NUMBER><LISTED_ON>2020-01-02</LISTED_ON><NATIONALITY><VALUE>France</VALUE>
</NATIONALITY><INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Zor; The Quell</ALIAS_NAME></INDIVIDUAL_ALIAS>
</INDIVIDUAL></INDIVIDUALS><ENTITIES/></CONSOLIDATED_LIST>"""
SDN = '36,"OBSIDIAN HERON",-0- ,"CUBA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"a note"\n\x1a\n'
ALT = '36,12,"aka","HERON OBSIDIAN GROUP",-0- \n'
ADD = '36,25,-0- ,"Havana","Cuba",-0- \n'
BIS = "\t".join(
    '"Name" "Street_Address" "City" "State" "Country" "Postal_Code" "Effective_Date" "Expiration_Date" '
    '"Standard_Order" "Last_Update" "Action" "FR_Citation"'.split()
)
BIS_ROW = '"VOSK PARTS"\t"1 ROAD"\t"TOWN"\t""\t"US"\t"1"\t"06/19/2003"\t"06/29/2056"\t"Y"\t"2007-01-31"\t"NOTICE"\t"68 F.R."'


def folder(path: Path) -> Path:
    (path / "un_consolidated.xml.gz").write_bytes(gzip.compress(UN.encode()))
    (path / "sdn.csv").write_text(SDN)
    (path / "alt.csv").write_text(ALT)
    (path / "add.csv").write_text(ADD)
    (path / "dpl.txt").write_text(f"{BIS}\n{BIS_ROW}\n")
    return path


def test_the_three_lists_are_read(tmp_path: Path) -> None:
    un, ofac, bis = read_lists(folder(tmp_path))
    assert un.generated_on == date(2026, 2, 27)
    entry = un.entries[0]
    assert [n.name for n in entry.names] == ["ZORVAN QUELLMARCH", "Zor", "The Quell"]
    assert [n.weak for n in entry.names] == [False, True, True]
    assert (entry.countries, entry.listed_on) == (("France",), date(2020, 1, 2))
    assert [n.name for n in ofac.entries[0].names] == ["OBSIDIAN HERON", "HERON OBSIDIAN GROUP"]
    assert (ofac.entries[0].countries, ofac.entries[0].remarks) == (("Cuba",), "a note")
    assert bis.entries[0].expires_on == date(2056, 6, 29)


def test_rows_of_one_denied_person_are_one_entry_in_force_as_long_as_any(tmp_path: Path) -> None:
    later = BIS_ROW.replace("2056", "2060")
    parsed = read_bis(f"{BIS}\n{BIS_ROW}\n{later}\n".encode(), file="dpl.txt")
    assert [(e.reference, e.expires_on) for e in parsed.entries] == [("VOSK PARTS", date(2060, 6, 29))]


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + UN.split("?>")[1].replace("ZORVAN", "&b;")


@pytest.mark.parametrize(
    "data",
    [
        BOMB.encode(),
        '<?xml version="1.0" encoding="UTF-16"?>'.encode("utf-16") + BOMB.encode("utf-16")[2:],
        UN[:300].encode(),
        b"",
        b"\xff\xfe\x00",
        b"<html><body>Service unavailable</body></html>",
        b"<CONSOLIDATED_LIST/>",
        UN.replace("<REFERENCE_NUMBER>TSi.001</REFERENCE_NUMBER>", "").encode(),
        UN.replace("ZORVAN", "").replace("QUELLMARCH", "").encode(),
    ],
)
def test_bad_xml_is_refused(data: bytes) -> None:
    with pytest.raises(BadList):
        read_un(data, file="un.xml")


def test_an_outside_entity_is_not_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    data = f'<!DOCTYPE x [<!ENTITY s SYSTEM "{secret.as_uri()}">]>' + UN.split("?>")[1].replace(
        "ZORVAN", "&s;"
    )
    with pytest.raises(BadList) as caught:
        read_un(data.encode(), file="un.xml")
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    "sdn",
    ["", SDN.replace(',"a note"', ""), "ent_num,name\n1,x\n", "<html>\n", '36,"' + "x" * 200_000 + '"\n'],
)
def test_bad_ofac_files_are_refused(sdn: str) -> None:
    with pytest.raises(BadList):
        read_ofac(sdn.encode(), file="sdn.csv")


@pytest.mark.parametrize("text", ["", BIS, f"{BIS_ROW}\n", f"{BIS}\n{BIS_ROW}\textra\n"])
def test_bad_bis_files_are_refused(text: str) -> None:
    with pytest.raises(BadList):
        read_bis(text.encode(), file="dpl.txt")


def test_a_broken_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "un_consolidated.xml.gz").write_bytes(gzip.compress(UN.encode())[:80])
    with pytest.raises(BadList):
        read_lists(tmp_path)


@pytest.mark.django_db
def test_without_a_folder_the_demonstration_list_is_in_force(tmp_path: Path) -> None:
    report = load_lists(tmp_path / "absent", now=NOW)
    assert [(x.code, x.state, x.entries) for x in report.lists] == [("demo", "loaded", 10)]
    assert report.is_demo
    assert screen_names([ScreenRequest("a", "Zorvan Quellmarch")], now=NOW)[0].outcome == "hit"


@pytest.mark.django_db
def test_real_lists_put_the_demonstration_list_out_of_force(tmp_path: Path) -> None:
    load_lists(None, now=NOW)
    report = load_lists(folder(tmp_path), now=NOW)
    assert [x.code for x in report.lists] == ["bis-dpl", "ofac-sdn", "un"]
    assert (report.entries, report.names) == (3, 6)
    again = load_lists(tmp_path, now=NOW)
    assert [x.state for x in again.lists] == ["unchanged"] * 3
    assert load_lists(None, now=NOW).is_demo is False
    assert {x.code: x.generated_on for x in lists_in_force()}["un"] == date(2026, 2, 27)
    assert ListEntry.objects.get(reference="TSi.001").countries == "FR"


@pytest.mark.django_db
def test_a_bad_file_leaves_what_is_in_force(tmp_path: Path) -> None:
    load_lists(folder(tmp_path), now=NOW)
    before = (ListVersion.objects.count(), ListName.objects.count())
    (tmp_path / "un_consolidated.xml.gz").write_bytes(gzip.compress(UN.replace("ZORVAN", "X").encode()))
    (tmp_path / "sdn.csv").write_text("nonsense")
    with pytest.raises(BadList):
        load_lists(tmp_path, now=NOW)
    assert (ListVersion.objects.count(), ListName.objects.count()) == before
    assert ListVersion.objects.filter(in_force=True).count() == 3


@pytest.mark.django_db
def test_a_new_version_replaces_the_old_and_can_come_back(tmp_path: Path) -> None:
    load_lists(folder(tmp_path), now=NOW)
    (tmp_path / "un_consolidated.xml.gz").write_bytes(
        gzip.compress(UN.replace("QUELLMARCH", "NEWNAME").encode())
    )
    states = {x.code: x.state for x in load_lists(tmp_path, now=NOW).lists}
    assert states == {"bis-dpl": "unchanged", "ofac-sdn": "unchanged", "un": "loaded"}
    assert screen_names([ScreenRequest("a", "Zorvan Quellmarch")], now=NOW)[0].outcome == "clear"
    load_lists(folder(tmp_path), now=NOW)
    assert ListVersion.objects.filter(code="un").count() == 2
    assert screen_names([ScreenRequest("a", "Zorvan Quellmarch")], now=NOW)[0].outcome == "hit"
