"""A legal voyage or a clear error: figures of published distance tables, closures, odd positions, files."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from fondaco.systems.logistics.domain.sea.batch import PairsUnreadable, write_distances
from fondaco.systems.logistics.domain.sea.distance import SeaDistances, compute_table
from fondaco.systems.logistics.domain.sea.graph import great_circle_km, sea_graph
from fondaco.systems.logistics.domain.sea.passages import Passage, UnknownPassage, closures
from fondaco.systems.logistics.domain.sea.ports import UnknownPort, sea_ports
from fondaco.systems.logistics.domain.sea.voyages import NoSeaRoute, NotAtSea, Sea, SeaPair, Voyage

NM = 1.852
SHANGHAI, ROTTERDAM = (121.5, 31.22), (4.14, 51.95)


def miles(origin: str, destination: str, *closed: str) -> tuple[float, tuple[str, ...]]:
    found = SeaDistances().voyage(origin, destination, closed=closures(closed))
    return found.km / NM, tuple(found.via)


@pytest.mark.parametrize(
    ("origin", "destination", "published_nm"),
    [
        ("CNSHA", "NLRTM", 10_525),
        ("SGSIN", "NLRTM", 8_290),
        ("USNYC", "NLRTM", 3_345),
        ("USLAX", "CNSHA", 5_700),
        ("DEHAM", "ZACPT", 6_439),
        ("DEHAM", "USLAX", 8_034),
        ("SAJED", "DEHAM", 4_335),
    ],
)
def test_published_distances_within_two_and_a_half_percent(
    origin: str, destination: str, published_nm: float
) -> None:
    assert miles(origin, destination)[0] == pytest.approx(published_nm, rel=0.025)


def test_suez_shut_leads_round_the_cape_and_not_through_panama() -> None:
    nm, via = miles("CNSHA", "NLRTM", "suez")
    assert 13_800 <= nm <= 14_100
    assert "cape-of-good-hope" in via
    assert "panama" not in via
    assert miles("CNSHA", "NLRTM", "bab-el-mandeb")[0] == pytest.approx(nm)


def test_panama_stays_for_the_americas_and_for_want_of_the_cape() -> None:
    assert miles("CNSHA", "USNYC", "suez")[1] == ("panama",)
    assert miles("CNSHA", "NLRTM", "suez", "cape")[1] == ("panama",)
    assert miles("NZAKL", "GBLGP", "suez")[1] == ("panama",)  # it was the way before, too


def test_every_gate_shut_is_an_error_and_never_disobeyed() -> None:
    assert miles("CNSHA", "NLRTM", "suez", "cape", "panama")[1] == ("magellan",)
    with pytest.raises(NoSeaRoute, match="magellan"):
        miles("CNSHA", "NLRTM", "suez", "cape", "panama", "horn")


@pytest.mark.parametrize(
    ("origin", "destination", "closed"),
    [
        ("UAODS", "NLRTM", "bosporus"),
        ("UAODS", "NLRTM", "dardanelles"),
        ("AEJEA", "NLRTM", "hormuz"),
        ("NLRTM", "ITGOA", "gibraltar suez"),
        ("SAJED", "CNSHA", "suez bab-el-mandeb"),
    ],
)
def test_an_inland_sea_is_shut_by_its_gates(origin: str, destination: str, closed: str) -> None:
    with pytest.raises(NoSeaRoute):
        miles(origin, destination, *closed.split())


def test_no_arctic_unless_asked() -> None:
    usual = Sea().voyage((139.7, 35.4), ROTTERDAM)
    assert usual.km / NM > 11_000
    assert max(lat for _, lat in usual.line) < 60
    arctic = Sea(arctic=True).voyage((139.7, 35.4), ROTTERDAM)
    assert arctic.km < usual.km
    assert Passage.NORTHWEST in arctic.via


def test_a_port_on_a_canal_keeps_to_its_own_sea() -> None:
    assert miles("EGPSD", "ITGOA", "suez")[1] == ()
    red_sea = Sea(closures(["suez"])).voyage((32.55, 29.93), (39.15, 21.48))
    assert red_sea.km == pytest.approx(1_200, rel=0.1)
    with pytest.raises(NoSeaRoute):
        Sea(closures(["suez"])).voyage((32.27, 30.58), ROTTERDAM)  # Ismailia, within the canal


def test_distances_are_symmetric_and_no_shorter_than_the_great_circle() -> None:
    ports = [port for port in sea_ports().values() if port.terminal][::60]
    places = np.array([(port.lon, port.lat) for port in ports])
    km = Sea().table(places)
    assert np.allclose(km, km.T)
    assert (km + 1e-6 >= great_circle_km(places[:, None], places[None, :])).all()
    assert np.isfinite(km).all()


def test_the_table_is_what_the_search_finds() -> None:
    codes = ["CNSHA", "NLRTM", "SGSIN", "USNYC", "BRSSZ"]
    for closed in (closures([]), closures(["suez"]), closures(["suez", "panama"])):
        table = compute_table(codes, closed=closed)
        for origin, destination in (("CNSHA", "NLRTM"), ("USNYC", "SGSIN"), ("BRSSZ", "CNSHA")):
            found = SeaDistances().voyage(origin, destination, closed=closed).km
            assert table.km(origin, destination) == pytest.approx(found, rel=1e-6)


def test_a_port_is_at_no_distance_from_itself() -> None:
    assert Sea().voyage(SHANGHAI, SHANGHAI).km == 0


@pytest.mark.parametrize("position", [(103.0, 35.0), (4.0, 95.0), (float("nan"), 1.0), (400.0, 0.0)])
def test_no_sea_at_a_position_is_an_error(position: tuple[float, float]) -> None:
    with pytest.raises(NotAtSea):
        Sea().voyage(position, ROTTERDAM)


def test_names_that_are_none() -> None:
    with pytest.raises(UnknownPassage):
        closures(["kiel canal"])
    with pytest.raises(UnknownPort):
        miles("XXXXX", "NLRTM")


def test_lanes_are_whole() -> None:
    graph = sea_graph()
    assert len(graph.nodes) == 9_686
    assert (graph.km > 0).all()
    assert all(graph.shut[name].any() for name in Passage)


def test_a_file_of_pairs(tmp_path: Path) -> None:
    pairs, out = tmp_path / "pairs.csv", tmp_path / "out.csv"
    pairs.write_text(
        "id,from_lat,from_lon,to_lat,to_lon\na,31.22,121.5,51.95,4.14\nb,35,103,51.95,4.14\n",
        encoding="utf-8",
    )
    report = write_distances(pairs, out=out, sea=Sea())
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert report.found == 1
    assert report.refused == {"not-at-sea": 1}
    assert float(rows[0]["km"]) / NM == pytest.approx(10_525, rel=0.02)
    assert rows[0]["via"] == "malacca;bab-el-mandeb;suez;gibraltar"
    assert (rows[1]["id"], rows[1]["km"], rows[1]["via"]) == ("b", "", "!not-at-sea")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "lacks from_lat"),
        ("from_lat,from_lon,to_lat\n1,2,3\n", "lacks to_lon"),
        ("from_lat,from_lon,to_lat,to_lon\n1,2,3,x\n", "Line 2"),
        ("from_lat,from_lon,to_lat,to_lon\n1,2,3,4\n1,2,nan,4\n", "Line 3"),
    ],
)
def test_an_unsound_file_is_refused_and_nothing_written(tmp_path: Path, text: str, said: str) -> None:
    pairs, out = tmp_path / "pairs.csv", tmp_path / "out.csv"
    pairs.write_text(text, encoding="utf-8")
    with pytest.raises(PairsUnreadable, match=said):
        write_distances(pairs, out=out, sea=Sea())
    assert not out.exists()


def test_pairs_of_one_origin_share_a_search() -> None:
    found = Sea().voyages([SeaPair(SHANGHAI, ROTTERDAM), SeaPair(SHANGHAI, (103.84, 1.26))])
    assert all(isinstance(one, Voyage) for one in found)
