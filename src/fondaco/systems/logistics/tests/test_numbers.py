"""Numbers are recognised by their check digits, and none with a false one is taken for its kind."""

from __future__ import annotations

import random

import pytest

from fondaco.kernel.s10 import tracking_number
from fondaco.systems.logistics.domain.tracking.numbers import iso6346, mod10, recognise, weighted_mod11


@pytest.mark.parametrize(
    ("text", "kind", "carrier"),
    [
        ("RB 123 456 785 GB", "s10", ""),
        ("CSQU3054383", "iso6346", ""),
        ("msku 907032-3", "iso6346", ""),
        ("1Z5R89390357567127", "ups", "UPS"),
        ("1Z879E930346834440", "ups", "UPS"),
        ("986578788855", "fedex", "FedEx"),
        ("0414 4176 0228 964", "fedex", "FedEx"),
        ("9611020987654312345672", "fedex", "FedEx"),
        ("1001921334250001000300779017972697", "fedex", "FedEx"),
        ("9622001900000000000000776632517510", "fedex", "FedEx"),
        ("9400 1112 0108 0805 4830 16", "usps", "USPS"),
        ("420221539101026837331000039521", "usps", "USPS"),
        ("7112 3456 7891 2345 6787", "usps", "USPS"),
        ("3318810025", "dhl-express", "DHL"),
        ("172-12345675", "awb", ""),
        ("1 0614141 234567890 8", "sscc", ""),
        ("00 0123 4500 0000 0027", "sscc", ""),
        ("00340123450000000000", "sscc", ""),
        ("YT2229521272164446", "yunexpress", "YunExpress"),
        ("SF1234567890123", "sf-express", "SF Express"),
    ],
)
def test_known_numbers(text: str, kind: str, carrier: str) -> None:
    assert (kind, carrier) in {(one.kind, one.carrier) for one in recognise(text)}


@pytest.mark.parametrize(
    "text",
    ["RB123456784GB", "CSQU3054384", "1Z1111111111111111", "996578788855", "5682 8361 0012 732", "3318810010",
     "9400111201080805483017", "", "A" * 500, "１２３４５６７８９０", "\0" * 20],
)  # fmt: skip
def test_false_check_digits_and_nonsense_are_nobodys(text: str) -> None:
    assert [one for one in recognise(text) if one.checked] == []


def test_what_has_no_check_digit_says_so() -> None:
    (found,) = recognise("YT2229521272164446")
    assert not found.checked


def test_no_false_check_digit_is_accepted_in_random_strings() -> None:
    """Sound numbers of each kind are made, their check digit is turned: none is taken for that kind."""
    draw, accepted, tried = random.Random(11), 0, 0
    for _ in range(400):
        for kind, number, at in _sound(draw):
            assert kind in {one.kind for one in recognise(number)}, (kind, number)
            wrong = str((int(number[at]) + draw.randint(1, 9)) % 10)
            turned = number[:at] + wrong + number[at + 1 :]
            tried += 1
            accepted += any(one.kind == kind and one.checked for one in recognise(turned))
    assert tried == 3_200
    assert accepted == 0


def _sound(draw: random.Random) -> list[tuple[str, str, int]]:
    def digits(count: int) -> str:
        return "".join(draw.choices("0123456789", k=count))

    letters = "".join(draw.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=3))
    container, sscc, ground = f"{letters}U{digits(6)}", digits(17), digits(14)
    usps, fedex, awb, express = "94" + digits(19), digits(11), digits(10), digits(9)
    ups = f"1Z{letters}{digits(12)}"
    values = [int(c) if c.isdigit() else (ord(c) - 63) % 10 for c in ups[2:]]
    ups += str(-sum(v * (2 if place % 2 else 1) for place, v in enumerate(values)) % 10)
    weights = (3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1)
    return [
        ("s10", tracking_number(draw.randrange(10**8), country="CN"), 10),
        ("iso6346", f"{container}{iso6346(container)}", 10),
        ("ups", ups, 17),
        ("sscc", sscc + str(mod10(sscc, even=1, odd=3)), 17),
        ("fedex", ground + str(mod10(ground, even=1, odd=3)), 14),
        ("usps", usps + str(mod10(usps, even=1, odd=3)), 21),
        ("fedex", fedex + str(weighted_mod11(fedex, weights=weights)), 11),
        ("awb", awb + str(int(awb[3:]) % 7), 10) if draw.random() < 0.5 else
        ("dhl-express", express + str(int(express) % 7), 9),
    ]  # fmt: skip
