"""The only door of the single window."""

from __future__ import annotations

from fondaco.platforms.window.public.declarations import *
from fondaco.platforms.window.public.filings import *
from fondaco.platforms.window.public.keys import *
from fondaco.platforms.window.public.landed import *
from fondaco.platforms.window.public.messages import *
from fondaco.platforms.window.public.returns import *
