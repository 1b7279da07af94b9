from __future__ import annotations

import pytest

from fondaco.kernel.countries import (
    UnknownCountry,
    country_choices,
    country_code,
    country_codes,
    country_name,
    is_country,
)

# Every country name in the real order file (Online Retail, UCI) and its code.
FILE_NAMES = {
    "United Kingdom": "GB", "France": "FR", "Australia": "AU", "Netherlands": "NL", "Germany": "DE",
    "Norway": "NO", "EIRE": "IE", "Switzerland": "CH", "Spain": "ES", "Poland": "PL", "Portugal": "PT",
    "Italy": "IT", "Belgium": "BE", "Lithuania": "LT", "Japan": "JP", "Iceland": "IS",
    "Channel Islands": "GG", "Denmark": "DK", "Cyprus": "CY", "Sweden": "SE", "Austria": "AT",
    "Israel": "IL", "Finland": "FI", "Bahrain": "BH", "Greece": "GR", "Hong Kong": "HK",
    "Singapore": "SG", "Lebanon": "LB", "United Arab Emirates": "AE", "Saudi Arabia": "SA",
    "Czech Republic": "CZ", "Canada": "CA", "Brazil": "BR", "USA": "US", "Malta": "MT", "RSA": "ZA",
}  # fmt: skip


@pytest.mark.parametrize(("name", "code"), FILE_NAMES.items())
def test_the_files_names_are_understood(name: str, code: str) -> None:
    assert country_code(name) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("de", "DE"), ("DEU", "DE"), ("  Côte d'Ivoire ", "CI"), ("cote divoire", None), ("Türkiye", "TR"),
        ("Turkey", "TR"), ("Trinidad & Tobago", "TT"), ("Saint Lucia", "LC"), ("St. Lucia", "LC"),
        ("U.S.A.", "US"), ("Korea, Republic of", "KR"), ("Viet Nam", "VN"), ("XK", "XK"), ("uk", "GB"),
        ("Unspecified", None), ("European Community", None), ("", None), ("ZZ", None), ("XXX", None),
    ],
)  # fmt: skip
def test_other_ways_of_naming(text: str, code: str | None) -> None:
    if code is None:
        with pytest.raises(UnknownCountry) as caught:
            country_code(text)
        assert caught.value.code == "unknown-country"
    else:
        assert country_code(text) == code


def test_validity_is_of_capital_alpha_2_codes() -> None:
    assert is_country("DE")
    assert not is_country("de")
    assert not is_country("EU")
    assert not is_country("DEU")


def test_names_in_the_languages_of_the_house() -> None:
    assert country_name("DE") == "Germany"
    assert country_name("DE", "zh-hans") == "德国"
    assert country_name("DE", "ar") == "ألمانيا"
    assert country_name("DE", "tlh") == "Germany"
    assert country_name("QQ") == "QQ"


def test_every_code_has_a_name_and_a_choice() -> None:
    assert len(country_codes()) >= 249
    assert all(country_name(code) != code for code in country_codes())
    assert dict(country_choices("zh-hans"))["FR"] == "法国"


def test_every_english_name_leads_back_to_its_code() -> None:
    wrong = {code for code in country_codes() if country_code(country_name(code)) != code}
    assert wrong == set()
