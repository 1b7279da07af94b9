"""The only door of logistics: packing, rate cards and quotes, consignments and their milestones."""

from __future__ import annotations

from fondaco.systems.logistics.public.board import *
from fondaco.systems.logistics.public.carriers import *
from fondaco.systems.logistics.public.consignments import *
from fondaco.systems.logistics.public.packing import *
from fondaco.systems.logistics.public.rates import *
from fondaco.systems.logistics.public.routes import *
from fondaco.systems.logistics.public.splits import *
from fondaco.systems.logistics.public.stock import *
