"""Factories that say only what matters."""

from rakuten_mlops.catalog.listing import Listing


def a_listing(
    designation: str = "Piscine hors sol ronde",
    description: str = "",
    *,
    productid: int | None = 1,
    imageid: int | None = None,
) -> Listing:
    return Listing(designation, description, productid, imageid)
