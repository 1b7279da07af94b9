"""Names disguised as those who would pass a screening disguise them: other letters, unseen characters."""

from __future__ import annotations

from random import Random

LOOK_ALIKE = str.maketrans(
    "aceopxyisjhkmtbnuvw",
    "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0455\u0458\u04bb\u03ba\u043c\u0442\u0184\u0578\u057d\u03bd\u0461",
)
CAPITALS = str.maketrans(
    "ABCEHIKMNOPSTXYZJ",
    "\u0391\u0412\u0421\u0415\u041d\u0406\u039a\u041c\u039d\u041e\u0420\u0405\u0422\u0425\u03a5\u0396\u0408",
)
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u2063"
FULL_WIDTH = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)})


def look_alike(name: str, *, rng: Random) -> str:
    """About half of the letters that have a look-alike in Cyrillic, Greek or Armenian, replaced by it."""
    return "".join(c.translate(LOOK_ALIKE).translate(CAPITALS) if rng.random() < 0.5 else c for c in name)


def unseen(name: str, *, rng: Random) -> str:
    """A character that shows nothing after about every third letter."""
    return "".join(c + (rng.choice(UNSEEN) if rng.random() < 1 / 3 else "") for c in name)


def full_width(name: str, *, rng: Random) -> str:
    """Every letter in its full-width form."""
    del rng
    return name.translate(FULL_WIDTH)


def bold(name: str, *, rng: Random) -> str:
    """Latin letters as mathematical bold ones."""
    del rng
    return "".join(
        chr(0x1D400 + ord(c) - 65)
        if "A" <= c <= "Z"
        else chr(0x1D41A + ord(c) - 97)
        if "a" <= c <= "z"
        else c
        for c in name
    )


def leet(name: str, *, rng: Random) -> str:
    """One or two letters as the digits that look like them."""
    places = [i for i, c in enumerate(name) if c.lower() in "oleas"]
    for place in rng.sample(places, min(2, len(places))):
        name = (
            name[:place]
            + {"o": "0", "l": "1", "e": "3", "a": "4", "s": "5"}[name[place].lower()]
            + name[place + 1 :]
        )
    return name


DISGUISES = {
    "look-alike": look_alike, "unseen": unseen, "full width": full_width, "bold": bold, "digits": leet,
}  # fmt: skip
