"""What people say about listings, be they in the catalogue or not.

A person judges a text, so what is said holds for every listing with that text. One that the
catalogue does not have, as those that came with traffic, is added to it.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Connection, select

from rakuten_mlops.catalog.draft import Draft
from rakuten_mlops.catalog.listing import Listing
from rakuten_mlops.catalog.revision import NOT_A_PRODUCT, Kind, Revision
from rakuten_mlops.catalog.staging import stage_labels, stage_listings, staged
from rakuten_mlops.tables import listings

CHUNK = 500


class Corrections:
    """People's words of one author and kind, inside a transaction on `connection`."""

    def __init__(self, connection: Connection, *, kind: Kind, author: str) -> None:
        self.connection = connection
        self._kind: Kind = kind
        self._author = author

    def store(self, said: Sequence[tuple[Listing, int]], *, source: str) -> Revision | None:
        """Store a prdtypecode for each listing, or NOT_A_PRODUCT, as one revision.

        Of words about the same listing the last one counts. None if people said the same before.
        To be called once. Raises `CatalogError` for a prdtypecode that the catalogue lacks.
        """
        draft = Draft(self.connection, kind=self._kind, source=source, author=self._author)
        # Not sooner: the driver of SQLite begins the transaction with the draft's INSERT.
        staged.create(self.connection)
        current = self._current({listing.productid for listing, _ in said})
        copies = self._copies({listing.designation for listing, _ in said})
        codes: dict[int, int] = {}
        new: list[tuple[Listing, int]] = []
        for listing, code in said:
            same_text = copies.get((listing.designation, listing.description), [])
            codes |= dict.fromkeys(same_text, code)
            if listing.productid is not None and listing.productid in current:
                codes[listing.productid] = code
            if _is_new(listing, current, same_text) and code != NOT_A_PRODUCT:
                new.append((listing, code))
        stage_listings(self.connection, new)
        draft.store_listings()
        stage_labels(self.connection, codes)
        draft.refuse_unknown()
        draft.store_labels()
        return draft.close()

    def _current(self, productids: Collection[int | None]) -> set[int]:
        """Those productids that the catalogue holds."""
        named = [each for each in productids if each is not None]
        return {productid for productid, _, _ in self._listings(listings.c.productid, named)}

    def _copies(self, designations: Collection[str]) -> dict[tuple[str, str], list[int]]:
        """The productids of each text, of those with such a title."""
        found: dict[tuple[str, str], list[int]] = {}
        for productid, designation, description in self._listings(
            listings.c.designation, list(designations)
        ):
            found.setdefault((designation, description), []).append(productid)
        return found

    def _listings(self, column: Column[Any], values: list[Any]) -> Iterator[Any]:
        columns = (listings.c.productid, listings.c.designation, listings.c.description)
        current = select(*columns).where(listings.c.removed_in.is_(None))
        for start in range(0, len(values), CHUNK):
            some = current.where(column.in_(values[start : start + CHUNK]))
            yield from self.connection.execute(some)


def _is_new(listing: Listing, current: set[int], same_text: list[int]) -> bool:
    if listing.productid is None:
        return not same_text
    return listing.productid not in current
