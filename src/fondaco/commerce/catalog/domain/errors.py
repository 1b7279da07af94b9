"""What can be wrong with what is asked of the catalogue."""

from __future__ import annotations

from fondaco.kernel.errors import NotFound, Refused


class ProductNotFound(NotFound):
    code = "product-not-found"
    title = "There is no such product here."


class BadProduct(Refused):
    code = "bad-product"
    title = "This product cannot be kept."
    remedy = "Give a stock code of 1 to 64 characters, a title of 1 to 300 and a price that is not negative."


class BadFact(Refused):
    code = "bad-fact"
    title = "This is not a usable value for this fact."
    remedy = (
        "HS codes have 6, 8 or 10 digits and exist in the nomenclature; origin is an ISO country code; "
        "mass is in whole grams, sides in whole millimetres."
    )


class BadCatalogFilter(Refused):
    code = "bad-filter"
    title = "This filter is not known."
    remedy = "Choose one of the filters that the list offers."


class BadListing(Refused):
    code = "bad-listing"
    title = "This listing cannot be classified."
    remedy = "Each line is a JSON object with a text `product_name`; attributes, if any, are an object."


class NoNomenclature(Refused):
    code = "no-nomenclature"
    title = "There is no table of HS codes to classify into."
    remedy = "Restore data/catalog/trade_words.csv from the repository."
