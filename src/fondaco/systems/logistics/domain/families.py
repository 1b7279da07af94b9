"""The shapes of the demonstration price book: one family per kind of service and origin.

Every number here is ours and made up; the shapes follow what public price lists share (bands, fees,
divisors, size limits), the levels follow the general order of magnitude of contract prices in 2025/26,
in pence: a tracked packet of 500 g within Europe 4 to 6 pounds, 5 kg by express to America 30 to 45,
a road pallet within Europe 80 to 250, air freight over oceans 1.50 to 4 pounds per kg, a cubic metre
in a shared container 50 to 110 beside some 240 for collection, papers and handling at both ends.
"""

from __future__ import annotations

from dataclasses import dataclass

EUROPE = ("EU", "EFTA")
OVERSEAS = ("AMER", "FAR", "GULF")
EVERYWHERE = ("EU", "EFTA", "GB", *OVERSEAS)

LIGHT = (100, 250, 500, 750, 1_000, 1_500, 2_000)
PACKET = (*LIGHT, 3_000, 5_000, 10_000)
PARCEL = (*PACKET, 15_000, 20_000, 30_000)
COURIER = (
    500,
    1_000,
    1_500,
    2_000,
    2_500,
    3_000,
    4_000,
    5_000,
    7_500,
    10_000,
    15_000,
    20_000,
    30_000,
    70_000,
)
ROAD = (2_000, 5_000, 10_000, 15_000, 20_000, 30_000)
PALLET = (50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000)
AIR = (45_000, 100_000, 300_000, 500_000, 1_000_000, 10_000_000)
SEA = (1_000_000, 3_000_000, 8_000_000, 15_000_000)
BOX = (21_700_000, 26_500_000)


@dataclass(frozen=True, slots=True)
class Family:
    """How the services of one kind from one origin are priced, in pence.

    Freight of W kg over d km is `fixed` + W^`power` x (`per_kg` + `per_kg_km` x d / 1000); `fee` of it is
    shown as a registration fee. `served` is how many destinations a regional service takes.
    """

    name: str
    kind: str
    origin: str
    count: int
    bands: tuple[int, ...]
    blocs: tuple[str, ...]
    served: int
    fixed: float
    per_kg: float
    per_kg_km: float
    power: float = 1.0
    pricing: str = "flat"
    fee: int = 0
    basis: str = "parcel"
    divisors: tuple[int, ...] = (0,)
    increment_g: int = 1
    min_billable_g: int = 0
    max_mm: tuple[int, int, int] = (0, 0, 0)
    max_girth_mm: int = 0
    max_sum_mm: int = 0
    fuel: bool = False
    days: tuple[int, int] = (2, 4)
    days_per_1000_km: float = 0.2
    worldwide_every: int = 0
    tracked: float = 1.0
    ddp: float = 0.0
    sensitive: float = 0.5


FAMILIES: tuple[Family, ...] = (
    Family(
        "Packet", "post", "GB", 90, LIGHT, EVERYWHERE, 12, 190, 150, 55, fee=130, max_mm=(600, 600, 600),
        max_sum_mm=900, days=(3, 6), days_per_1000_km=0.5, worldwide_every=6, tracked=0.6, sensitive=0.3,
    ),
    Family(
        "Parcel Post", "post", "GB", 70, PARCEL, EVERYWHERE, 10, 420, 150, 62, 0.95, max_girth_mm=3_000,
        max_mm=(1_500, 0, 0), days=(4, 7), days_per_1000_km=0.5, worldwide_every=7, sensitive=0.4,
    ),
    Family(
        "Express", "express", "GB", 210, COURIER, EVERYWHERE, 8, 700, 220, 90, 0.8, divisors=(5_000, 5_000, 6_000),
        increment_g=500, max_mm=(1_200, 800, 800), max_girth_mm=3_300, fuel=True, days=(1, 2),
        days_per_1000_km=0.2, worldwide_every=18, ddp=0.5, sensitive=0.6,
    ),
    Family(
        "Air Courier by the kilo", "express", "GB", 50, (5_000, 10_000, 21_000, 45_000, 70_000, 100_000, 300_000),
        EVERYWHERE, 10, 600, 210, 52, pricing="per_kg", power=0.9, fee=350, divisors=(5_000, 6_000), increment_g=500,
        min_billable_g=1_000, max_mm=(1_500, 1_000, 1_000), fuel=True, days=(2, 3), worldwide_every=10, ddp=0.6,
        sensitive=0.7,
    ),
    Family(
        "Line", "special_line", "GB", 300, PACKET, EVERYWHERE, 6, 280, 170, 46, pricing="per_kg", fee=210,
        divisors=(0, 5_000, 6_000, 8_000), increment_g=10, min_billable_g=50, max_mm=(600, 400, 400),
        days=(4, 8), days_per_1000_km=0.4, ddp=0.7, sensitive=0.6,
    ),
    Family(
        "Road Parcel", "truck", "GB", 150, ROAD, (*EUROPE, "GB"), 8, 560, 36, 14, 0.9, divisors=(0, 5_000),
        max_mm=(1_750, 800, 600), max_girth_mm=3_000, fuel=True, days=(2, 4), days_per_1000_km=1.5, ddp=0.4,
        worldwide_every=20, sensitive=0.7,
    ),
    Family(
        "Road Groupage", "truck", "GB", 130, PALLET, (*EUROPE, "GB"), 9, 3_600, 62, 55, 0.78, pricing="first_step",
        basis="consignment", divisors=(3_000,), increment_g=1_000, min_billable_g=30_000,
        max_mm=(2_400, 1_600, 1_600), fuel=True, days=(3, 6), days_per_1000_km=1.5, ddp=0.5, worldwide_every=15,
        sensitive=0.8,
    ),
    Family(
        "Air Freight", "air_gen", "GB", 110, AIR, OVERSEAS, 8, 5_500, 230, 82, 0.88, pricing="per_kg",
        basis="consignment", divisors=(6_000,), increment_g=500, min_billable_g=20_000,
        max_mm=(3_000, 2_200, 1_600), fuel=True, days=(3, 6), days_per_1000_km=0.2, ddp=0.3, worldwide_every=12,
        sensitive=0.8,
    ),
    Family(
        "Ocean Groupage", "lcl", "GB", 60, SEA, OVERSEAS, 8, 24_000, 2.8, 0.45, pricing="per_cbm",
        basis="consignment", divisors=(1_000,), min_billable_g=1_000_000, days=(14, 20), days_per_1000_km=2.2,
        worldwide_every=10, sensitive=0.8,
    ),
    Family(
        "Full Container", "fcl", "GB", 20, BOX, OVERSEAS, 4, 120_000, 2.0, 0.6, basis="consignment",
        divisors=(1_290,), days=(14, 20), days_per_1000_km=2.2, sensitive=0.9,
    ),
    Family(
        "Packet", "post", "CN", 110, LIGHT, EVERYWHERE, 11, 120, 130, 42, fee=150, max_mm=(600, 600, 600),
        max_sum_mm=900, days=(7, 14), days_per_1000_km=0.5, worldwide_every=8, tracked=0.6, sensitive=0.3,
    ),
    Family(
        "Express", "express", "CN", 150, COURIER, EVERYWHERE, 6, 800, 200, 58, 0.85, divisors=(5_000, 6_000),
        increment_g=500, max_mm=(1_200, 800, 800), max_girth_mm=3_300, fuel=True, days=(2, 4), worldwide_every=15,
        ddp=0.5, sensitive=0.6,
    ),
    Family(
        "Line", "special_line", "CN", 330, PACKET, EVERYWHERE, 5, 180, 150, 48, pricing="per_kg", fee=180,
        divisors=(0, 5_000, 6_000, 8_000), increment_g=10, min_billable_g=50, max_mm=(600, 400, 400),
        days=(6, 10), days_per_1000_km=0.3, ddp=0.8, sensitive=0.6,
    ),
    Family(
        "Air Freight", "air_gen", "CN", 60, AIR, EVERYWHERE, 7, 4_500, 150, 45, 0.9, pricing="per_kg",
        basis="consignment", divisors=(6_000,), increment_g=500, min_billable_g=20_000,
        max_mm=(3_000, 2_200, 1_600), fuel=True, days=(4, 7), ddp=0.3, sensitive=0.7,
    ),
    Family(
        "Rail Groupage", "rail", "CN", 40, AIR, ("EU", "EFTA", "GB"), 9, 5_000, 40, 8, pricing="per_kg",
        basis="consignment", divisors=(3_000,), increment_g=1_000, min_billable_g=100_000, days=(18, 26),
        ddp=0.5, sensitive=0.6,
    ),
    Family(
        "Ocean Groupage", "lcl", "CN", 40, SEA, EVERYWHERE, 8, 21_000, 2.5, 0.42, pricing="per_cbm",
        basis="consignment", divisors=(1_000,), min_billable_g=1_000_000, days=(20, 28), days_per_1000_km=1.2,
        sensitive=0.8,
    ),
    Family(
        "Bonded Line", "bonded", "CN", 40, PACKET, EVERYWHERE, 5, 150, 130, 44, pricing="per_kg", fee=160,
        divisors=(8_000,), increment_g=10, min_billable_g=50, days=(5, 8), ddp=1.0, sensitive=0.7,
    ),
    Family(
        "Local Delivery", "overseas_wh_local", "", 40, ROAD, EVERYWHERE, 1, 330, 34, 0, 0.9, divisors=(0, 5_000),
        max_mm=(1_500, 800, 600), days=(1, 3), ddp=1.0, sensitive=0.8,
    ),
)  # fmt: skip
