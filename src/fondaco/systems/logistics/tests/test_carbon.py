"""Gases by ISO 14083: a hand-worked chain, the order of the modes, exact recomputation, refusals."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from fondaco.systems.logistics.domain.air.distance import air_km, great_circle_km
from fondaco.systems.logistics.domain.carbon.chain import Hub, Leg, NotCarried, footprint
from fondaco.systems.logistics.domain.carbon.estimate import assumptions, estimate
from fondaco.systems.logistics.domain.carbon.factors import UnknownFactor, factors

D = Decimal
SHANGHAI, ROTTERDAM = (121.5, 31.2), (4.5, 51.9)
DEFRA = Path("/work/shared/data/carbon")


def test_a_chain_worked_by_hand() -> None:
    """2.5 t: 120 km by lorry, a hub, 19,500 km by ship, a hub, 80 km by van.

    t.km: 300, 48,750, 200.
    TTW: 300 × 0.10163 = 30.489; 2.5 × 1.0 = 2.5; 48,750 × 0.01612 = 785.85; 2.5; 200 × 0.6313 = 126.26.
    WTT: 300 × 0.02359 = 7.077; 2.5 × 0.2 = 0.5; 48,750 × 0.00365 = 177.9375; 0.5; 200 × 0.15095 = 30.19.
    """
    chain = [Leg("road", D(120), "SFD"), Hub(), Leg("sea", D(19_500), "SFD"), Hub(), Leg("van", D(80), "SFD")]
    found = footprint(chain, mass_g=2_500_000)
    assert [one.ttw_kg for one in found.emissions] == [
        D("30.489"),
        D("2.5"),
        D("785.85"),
        D("2.5"),
        D("126.26"),
    ]
    assert [one.wtt_kg for one in found.emissions] == [
        D("7.077"),
        D("0.5"),
        D("177.9375"),
        D("0.5"),
        D("30.19"),
    ]
    assert found.ttw_kg == D("947.599")
    assert found.wtt_kg == D("216.2045")
    assert found.wtw_kg == D("1163.8035")


def test_each_element_names_its_factors_and_their_year() -> None:
    (leg,) = footprint([Leg("air", D(1000), "GCD+95")], mass_g=1_000_000).emissions
    assert (leg.factor.ttw_id, leg.factor.wtt_id, leg.factor.year) == (
        "27_317_3159_14_1",
        "28_913_3159_14_1",
        2025,
    )
    assert leg.wtw_kg == D("666.46")


def test_shanghai_to_rotterdam_sea_below_rail_below_air() -> None:
    sea = footprint([Leg("sea", D(19_595), "SFD")], mass_g=1_000_000).wtw_kg
    rail = footprint([Leg("rail", D(11_500), "SFD")], mass_g=1_000_000).wtw_kg
    air = footprint(
        [Leg("air", D(str(round(air_km(SHANGHAI, ROTTERDAM), 3))), "GCD+95")], mass_g=1_000_000
    ).wtw_kg
    assert sea < rail < air
    assert float(sea) == pytest.approx(387.4, abs=0.1)
    assert float(air) == pytest.approx(6_020, rel=0.01)


def test_air_is_the_great_circle_and_95_km() -> None:
    assert air_km(SHANGHAI, ROTTERDAM) == great_circle_km(SHANGHAI, ROTTERDAM) + 95
    assert great_circle_km((0.0, 0.0), (90.0, 0.0)) == pytest.approx(10_007.557, abs=0.01)


@pytest.mark.realdata
def test_factors_are_defras_rows_to_the_last_digit() -> None:
    if not DEFRA.exists():
        pytest.skip("DEFRA's table is not here")
    rows = {}
    for name in ("freighting_goods_2025.csv", "wtt_freight_2025.csv"):
        with (DEFRA / name).open(newline="", encoding="latin-1") as file:
            rows |= {row["ID"]: row["GHG Conversion Factor 2025"] for row in csv.DictReader(file)}
    checked = [one for one in factors().values() if one.source.startswith("DESNZ")]
    assert len(checked) == 17
    for one in checked:
        assert one.ttw == D(rows[one.ttw_id])
        assert one.wtt == D(rows[one.wtt_id])
        leg = footprint([Leg(one.key, D("1234.5"), "SFD")], mass_g=777_001)
        again = 0.777001 * 1234.5 * (float(rows[one.ttw_id]) + float(rows[one.wtt_id]))
        assert abs(float(leg.wtw_kg) - again) < 1e-9


@pytest.mark.parametrize("mass", [0, -5])
def test_no_mass_is_refused(mass: int) -> None:
    with pytest.raises(NotCarried):
        footprint([Leg("sea", D(1), "SFD")], mass_g=mass)


def test_unsound_distances_and_modes_are_refused() -> None:
    with pytest.raises(NotCarried):
        footprint([Leg("sea", D(-1), "SFD")], mass_g=1)
    with pytest.raises(NotCarried):
        footprint([Leg("sea", D("NaN"), "SFD")], mass_g=1)
    with pytest.raises(UnknownFactor):
        footprint([Leg("zeppelin", D(1), "SFD")], mass_g=1)


def _sea_km(_origin: str, _destination: str) -> float:
    return 19_600.0


def test_an_estimate_tells_what_it_rests_on() -> None:
    express = estimate("express", origin="GB", destination="US", mass_g=3_000, sea_km=_sea_km)
    assert express is not None
    modes = [one.element.mode for one in express.emissions]
    assert modes == ["road", "hub", "air", "hub", "van"]
    assert all(one.why for one in assumptions().values())
    slow = estimate("fcl", origin="CN", destination="NL", mass_g=3_000, sea_km=_sea_km)
    assert slow is not None
    assert [one.element.mode for one in slow.emissions] == [
        "road",
        "hub",
        "road",
        "sea",
        "road",
        "hub",
        "van",
    ]
    near = estimate("post", origin="GB", destination="DE", mass_g=3_000, sea_km=_sea_km)
    assert near is not None
    assert near.wtw_kg < express.wtw_kg


def test_no_figure_is_made_up_for_a_country_without_a_gateway() -> None:
    assert estimate("post", origin="GB", destination="XX", mass_g=1, sea_km=_sea_km) is None
