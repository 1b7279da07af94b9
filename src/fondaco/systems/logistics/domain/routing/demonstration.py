"""The demonstration network: SYNTHETIC services between real places, the same for the same seed.

Distances are real (great circle, sea lanes); speeds and prices follow data/logistics/network_rates.json, whose
figures are cited there. Carriers are made up. Nothing here is any carrier's timetable or tariff.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from fondaco.systems.logistics.domain.routing.network import (
    DAILY,
    Break,
    Closure,
    Hub,
    HubKind,
    Mode,
    Network,
    Service,
    Surcharge,
)
from fondaco.systems.logistics.domain.routing.rates import (
    SeaLeg,
    figures,
    house_hubs,
    mode_figures,
    sea_legs,
)
from fondaco.systems.logistics.domain.routing.timetable import Zones

LABEL = "SYNTHETIC – demonstration timetable"
REVISION = 1
DEFAULT_SEED = 1271
AIR_BRIDGE = "Zhengzhou–Luxembourg air bridge"
_EARTH_KM = 12742.0
_RAIL_DETOUR, _ROAD_DETOUR = 1.3, 1.25
_PEAK = (
    Surcharge(date(2026, 10, 15), date(2026, 12, 20), 0),
    Surcharge(date(2027, 10, 15), date(2027, 12, 20), 0),
)
_CARRIERS = {
    Mode.AIR: ("Kittiwake Cargo", "Swift Air", "Zenith Freighters", "Meridian Air"),
    Mode.SEA: ("Galleon Lines", "Tradewind Consolidators", "Pelican Ocean"),
    Mode.RAIL: ("Amber Road Rail", "Silk Causeway Express"),
    Mode.ROAD: ("Packhorse Haulage", "Viaduct Trucking"),
    Mode.BARGE: ("Umber Rhine",),
}
_CODE = {Mode.AIR: "A", Mode.SEA: "S", Mode.RAIL: "R", Mode.ROAD: "T", Mode.BARGE: "B"}
_GATEWAYS = (
    "CGO PVG PEK CAN SZX HKG CTU XIY TPE ICN NRT SIN BKK KUL SGN HAN DEL BOM DXB DOH IST ALA NBO ADD JNB "
    "FRA LEJ LGG LUX AMS CDG STN EMA MAD MXP BUD WAW VIE JFK ORD MIA DFW LAX ANC YYZ MEX GRU BOG SCL SYD AKL"
).split()
_CHINA = "CGO PVG PEK CAN SZX HKG CTU XIY".split()
_WEST = (
    "FRA LEJ LGG LUX AMS CDG STN MAD MXP BUD DXB DOH IST JFK ORD LAX ANC MIA YYZ GRU SYD NRT ICN SIN".split()
)
_CHINA_RAIL = (
    "CNZGZ-R CNCKG-R CNCDU-R CNXIY-R CNWUH-R CNCSX-R CNYIW-R CNHFE-R CNJNA-R CNLYG-R CNSUZ-R CNDGG-R CNURC-R CNXMN-R"
).split()
_EUROPE_RAIL = (
    "DEHAM-R DEDUI-R PLMAL-R PLLOD-R BELGG-R NLTLB-R ESMAD-R HUBUD-R CZPRG-R FRDRG-R DENUE-R".split()
)
_GATES = ("CNALA-B", "CNKHO-B", "CNERL-B", "CNMZL-B")
_CORRIDOR = (
    ("CNALA-B", "KZDOS-B"), ("CNKHO-B", "KZALT-R"), ("KZDOS-B", "KZAST-R"), ("KZALT-R", "KZALA-R"),
    ("KZALA-R", "UZTAS-R"), ("KZALA-R", "KGFRU-R"), ("UZTAS-R", "TMASB-R"), ("KZAST-R", "RUSVX-R"),
    ("RUSVX-R", "RUMOW-R"), ("RUMOW-R", "BYMSQ-R"), ("BYMSQ-R", "BYBRE-B"), ("BYBRE-B", "PLMAL-R"), ("KZALA-R", "KZAKT-R"),
    ("AZBAK-R", "GETBS-R"), ("GETBS-R", "TRKRS-R"), ("TRKRS-R", "TRANK-R"), ("TRANK-R", "TRIST-R"),
    ("TRIST-R", "RSBEG-R"), ("RSBEG-R", "HUBUD-R"), ("CNERL-B", "MNZMU-B"), ("MNZMU-B", "MNULN-R"),
    ("MNULN-R", "RUIKT-R"), ("CNMZL-B", "RUZBK-B"), ("RUZBK-B", "RUIKT-R"), ("RUIKT-R", "RUOVB-R"),
    ("RUOVB-R", "RUSVX-R"), ("RUMOW-R", "RULED-R"), ("RULED-R", "FIKOU-R"), ("CNKMG-R", "CNMHN-B"), ("CNMHN-B", "LAVTE-R"),
    ("LAVTE-R", "THBKK-R"), ("CNNNG-R", "CNPIN-B"), ("CNPIN-B", "VNHAN-R"), ("THBKK-R", "MYKUL-R"),
    ("TMASB-R", "IRTHR-R"), ("CNHRB-R", "CNSFH-B"), ("RUKHV-R", "RUIKT-R"),
)  # fmt: skip


def distance_km(a: Hub, b: Hub) -> float:
    """Great circle (haversine, mean Earth radius)."""
    lat_a, lat_b = math.radians(a.latitude), math.radians(b.latitude)
    half = math.radians(b.longitude - a.longitude) / 2
    h = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half) ** 2
    return _EARTH_KM * math.asin(math.sqrt(h))


def generate_demo_network(
    *, seed: int = DEFAULT_SEED, scale: int = 1, closures: tuple[Closure, ...] = ()
) -> Network:
    """All hubs of the house and about 2,200 services between them; `scale` further sets of carriers on each line."""
    hubs = house_hubs()
    maker = _Maker(hubs, Random(seed))  # noqa: S311 - a demonstration, not a secret
    for copy in range(scale):
        maker.copy = copy
        _fly(maker)
        _sail(maker, sea_legs())
        _roll(maker)
        _drive(maker)
        _float(maker)
    version = f"demo-{REVISION}-{seed}-{scale}"
    return Network(version, figures()["currency"], hubs, tuple(maker.services), closures, True, (LABEL,))


@dataclass(frozen=True, slots=True)
class _Line:
    """What is to be made of a pair of hubs."""

    mode: Mode
    start: Hub
    end: Hub
    km: float
    runs: int
    kmh: float = 0.0
    passages: tuple[str, ...] = ()
    price: float = 1.0
    label: str = ""
    provider: str = ""


class _Maker:
    def __init__(self, hubs: tuple[Hub, ...], dice: Random) -> None:
        self.by_code = {hub.code: hub for hub in hubs}
        self.hubs, self.dice, self.copy = hubs, dice, 0
        self.services: list[Service] = []
        monday = date(2026, 1, 5).toordinal()
        self.zones = Zones.of((hub.tz for hub in hubs), first=monday, days=60)
        self.count = dict.fromkeys(Mode, 0)

    def of(self, codes: Iterable[str]) -> list[Hub]:
        """The hubs of these codes."""
        return [self.by_code[code] for code in codes if code in self.by_code]

    def kind(self, kind: HubKind) -> list[Hub]:
        """All hubs of a kind."""
        return [hub for hub in self.hubs if hub.kind == kind]

    def both(self, line: _Line, *, back: float = 1.0) -> None:
        """A line and the way back, whose price is `back` times as high."""
        self.add(line)
        self.add(replace(line, start=line.end, end=line.start, price=line.price * back))

    def add(self, line: _Line) -> Service:
        """A timetabled service on the line."""
        f, dice = mode_figures(line.mode), self.dice
        transit = round(line.km / (line.kmh or f["kmh"]) * 60 + f["extra_min"])
        transit += f.get("tech_stop_min", 0) if line.km > f.get("tech_stop_km", math.inf) else 0
        departs = dice.randrange(0, 1440, 5)
        arrives_day, arrives = self._arrival(line, departs, transit)
        service = replace(
            self._priced(line), departs_min=departs, arrives_min=arrives, arrives_day=arrives_day,
            weekdays=_weekdays(line.runs, dice), cutoff_min=f["cutoff_min"],
        )  # fmt: skip
        self.services.append(service)
        return service

    def on_demand(self, line: _Line) -> None:
        """A truck that leaves when the goods are ready."""
        f = mode_figures(line.mode)
        transit = round(line.km / f["kmh"] * 60 + f["extra_min"])
        self.services.append(replace(self._priced(line), on_demand=True, transit_min=transit))

    def _arrival(self, line: _Line, departs: int, transit: int) -> tuple[int, int]:
        """Day offset and local minute of arrival, rounded to five minutes, in January's offsets."""
        leaves = self.zones.minutes(line.start.tz, 1, departs)
        midnight = self.zones.minutes(line.end.tz, 1, 0)
        minute = -(-(int(leaves) + transit - int(midnight)) // 5) * 5
        return minute // 1440, minute % 1440

    def _priced(self, line: _Line) -> Service:
        f, dice = mode_figures(line.mode), self.dice
        self.count[line.mode] += 1
        variation = dice.uniform(0.85, 1.2) * line.price
        per_kg = (f["base_per_kg"] + f["per_kg_1000km"] * line.km / 1000) * variation
        grade = dice.randrange(len(f["on_time"]))
        peak = tuple(replace(season, basis_points=f["peak_bp"]) for season in _PEAK) if f["peak_bp"] else ()
        carriers = _CARRIERS[line.mode]
        return Service(
            code=f"{_CODE[line.mode]}{self.count[line.mode]:05d}",
            provider=line.provider or carriers[(self.count[line.mode] + self.copy) % len(carriers)],
            mode=line.mode,
            origin=line.start.code,
            destination=line.end.code,
            breaks=tuple(Break(kg, round(per_kg * times * 100_000)) for kg, times in f["breaks"]),
            factor=f["factor"],
            km=round(line.km) + (95 if line.mode == Mode.AIR else 0),
            minimum=round(f["minimum"] * 100 * variation),
            kg_per_cbm=f["kg_per_cbm"],
            capacity_kg=f["capacity_kg"],
            on_time=f["on_time"][grade],
            late_min=f["late_min"][grade],
            observed=dice.randint(40, 400),
            passages=line.passages,
            surcharges=peak,
            special_line=line.label,
        )


def _weekdays(runs: int, dice: Random) -> int:
    if runs >= 7:
        return DAILY
    return sum(1 << day for day in dice.sample(range(7), runs))


def _nearest(hub: Hub, others: Iterable[Hub], most: int, within_km: float) -> list[tuple[float, Hub]]:
    """The nearest other hubs, at most `most`, within a distance."""
    found = sorted((distance_km(hub, other), other.code, other) for other in others if other.code != hub.code)
    return [(km, other) for km, _, other in found[:most] if km <= within_km]


def _fly(m: _Maker) -> None:
    """The air bridge, China's gateways with the world's, every airport with its nearest gateways."""
    cgo, lux = m.of(("CGO", "LUX"))
    bridge = _Line(
        Mode.AIR, cgo, lux, distance_km(cgo, lux), 7, label=AIR_BRIDGE, provider="Albatross Bridge Cargo"
    )
    m.both(bridge, back=0.55)
    m.both(bridge, back=0.55)
    for start in m.of(_CHINA):
        for end in m.of(_WEST):
            if (start.code, end.code) != ("CGO", "LUX") and m.dice.random() < 0.45:
                line = _Line(Mode.AIR, start, end, distance_km(start, end), m.dice.choice((2, 3, 4, 7)))
                m.both(line, back=0.5)
    gateways = m.of(_GATEWAYS)
    for hub in m.kind(HubKind.AIRPORT):
        for rank, (km, gateway) in enumerate(_nearest(hub, gateways, 2, 6000)):
            if km > 150 and (rank == 0 or m.dice.random() < 0.25):
                m.both(_Line(Mode.AIR, hub, gateway, km, m.dice.choice((3, 5, 7)), price=0.8))


def _sail(m: _Maker, legs: tuple[SeaLeg, ...]) -> None:
    """Weekly sailings on every leg; those through a canal have a twin that runs while it is closed."""
    for leg in legs:
        start, end = m.of((leg.start, leg.end))
        line = _Line(Mode.SEA, start, end, leg.km, 1, passages=leg.passages)
        for one in (line, replace(line, start=end, end=start, price=0.7 if leg.km > 8000 else 1.0)):
            sailing = m.add(one)
            if leg.passages and leg.detour_km:
                around = m.add(replace(one, km=leg.detour_km, passages=(), price=one.price * 1.15))
                m.services[-1] = replace(
                    around,
                    only_when_closed=leg.passages[0],
                    provider=sailing.provider,
                    weekdays=sailing.weekdays,
                )


def _roll(m: _Maker) -> None:
    """China–Europe block trains, the corridors link by link, Europe's shuttles."""
    slow = figures()["transborder_rail"]["kmh"]
    for start in m.of(_CHINA_RAIL):
        for end in m.of(_EUROPE_RAIL):
            main = {"CNZGZ-R", "CNCKG-R", "CNCDU-R", "CNXIY-R"} & {start.code}
            if main or m.dice.random() < 0.35:
                km = distance_km(start, end) * _RAIL_DETOUR
                passages = ("kz-cn", "by-pl") if end.code != "HUBUD-R" else ("kz-cn",)
                line = _Line(Mode.RAIL, start, end, km, 5 if main else 2, kmh=slow, passages=passages)
                m.both(replace(line, label="China–Europe express" if main else ""), back=0.75)
        for gate in m.of(_GATES[:2]):
            m.both(_Line(Mode.RAIL, start, gate, distance_km(start, gate) * _RAIL_DETOUR, 4))
    for codes in _CORRIDOR:
        start, end = m.of(codes)
        m.both(_Line(Mode.RAIL, start, end, distance_km(start, end) * _RAIL_DETOUR, 5))
    _caspian(m)
    europe = [
        hub for hub in m.kind(HubKind.RAIL) if hub.territory in ("EU", "GB", "RS") and hub.longitude < 30
    ]
    for hub in europe:
        for km, other in _nearest(
            hub, m.of(("DEDUI-R", "PLMAL-R", "DEHAM-R", "ITMIL-R", "HUBUD-R")), 2, 1800
        ):
            m.both(_Line(Mode.RAIL, hub, other, km * _RAIL_DETOUR, m.dice.choice((3, 5, 6))))
    for hub in m.kind(HubKind.RAIL):
        if hub.country in ("CN", "US"):
            for km, other in _nearest(
                hub, [h for h in m.kind(HubKind.RAIL) if h.country == hub.country], 1, 1600
            ):
                m.add(_Line(Mode.RAIL, hub, other, km * _RAIL_DETOUR, 5))


def _caspian(m: _Maker) -> None:
    """The ferry of the Middle Corridor, Aktau to Baku."""
    aktau, baku = m.of(("KZAKT-R", "AZBAK-R"))
    m.both(_Line(Mode.SEA, aktau, baku, 470, 3, kmh=22))


def _drive(m: _Maker) -> None:
    """Trucks on demand: a park with what lies near it, terminals of one city with each other; TIR lines to Europe."""
    near: tuple[tuple[HubKind, int, float], ...] = (
        (HubKind.AIRPORT, 1, 450), (HubKind.PORT, 1, 500), (HubKind.RAIL, 1, 450),
    )  # fmt: skip
    joined: set[tuple[str, str]] = set()
    for park in m.kind(HubKind.PARK):
        for kind, most, within in near:
            _join(m, park, _nearest(park, m.kind(kind), most, within), joined)
    for airport in m.of(_GATEWAYS):
        for kind in (HubKind.RAIL, HubKind.PORT, HubKind.PARK):
            _join(m, airport, _nearest(airport, m.kind(kind), 1, 120), joined)
    for border in m.kind(HubKind.BORDER):
        _join(m, border, _nearest(border, m.kind(HubKind.BORDER), 1, 80), joined)
    for codes in (("CNURC-P", "PLWAW-P"), ("CNURC-P", "KZALA-P"), ("KZALA-P", "TRIST-P"), ("CNZGZ-P", "PLWAW-P"),
                  ("CNCAN-P", "VNHAN-P"), ("VNHAN-P", "THBKK-P"), ("DEFRA-P", "TRIST-P"), ("PLWAW-P", "RUMOW-P")):  # fmt: skip
        start, end = m.of(codes)
        line = _Line(
            Mode.ROAD, start, end, distance_km(start, end) * _ROAD_DETOUR, 3, kmh=38, label="TIR line"
        )
        m.both(line, back=0.8)


def _join(m: _Maker, hub: Hub, others: list[tuple[float, Hub]], joined: set[tuple[str, str]]) -> None:
    for km, other in others:
        ends = (min(hub.code, other.code), max(hub.code, other.code))
        if ends not in joined and _same_landmass(hub, other):
            joined.add(ends)
            line = _Line(Mode.ROAD, hub, other, max(8.0, km * _ROAD_DETOUR), 0)
            m.on_demand(line)
            m.on_demand(replace(line, start=other, end=hub))


def _same_landmass(a: Hub, b: Hub) -> bool:
    """Whether a truck can drive: within a country, or between neighbours that share a customs territory or a bridge."""
    bridged = (
        {"HK", "CN"},
        {"GB", "FR"},
        {"CH", "FR"},
        {"CH", "DE"},
        {"SG", "MY"},
        {"NO", "SE"},
        {"VN", "CN"},
    )
    islands = {"IE", "CY", "MT", "IS"}
    if a.country == b.country:
        return True
    if a.territory == b.territory or HubKind.BORDER == a.kind == b.kind:
        return not islands & {a.country, b.country}
    return {a.country, b.country} in bridged


def _float(m: _Maker) -> None:
    """Rhine barges."""
    for codes in (("NLRTM", "DEDUI-P"), ("BEANR", "DEDUI-P"), ("NLRTM", "DEMHG-R"), ("NLRTM", "CHBSL-P")):
        start, end = m.of(codes)
        m.both(_Line(Mode.BARGE, start, end, distance_km(start, end) * 1.2, 4))
