"""A catalogue like the real one's, from memory."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Form, Request, UploadFile

from rakuten_mlops.api import catalog_schemas, schemas
from rakuten_mlops.catalog.categories import RAKUTEN

from .samples import NOW

Login = Callable[[Request], schemas.Me]
TITLES = ("Piscine ronde", "Livre de poche", "Console rétro", "Coussin en lin", "Lampe de chevet")


def a_listing(number: int) -> dict[str, Any]:
    category = RAKUTEN[number % len(RAKUTEN)]
    return {
        "productid": 1_000_000 + number,
        "imageid": None,
        "designation": f"{TITLES[number % len(TITLES)]} n° {number}",
        "description": "Livraison <b>rapide</b>",
        "in_holdout": number % 10 == 0,
        "added_in": 1,
        "prdtypecode": category.prdtypecode,
        "category": category.name_fr,
        "label_source": "import",
        "label_author": "admin",
    }


def add_catalog(app: FastAPI, fake: Any, login: Login, admin: Login) -> None:
    """The routes of the catalogue: 120 listings of which any may be looked up."""

    @app.get("/catalog")
    def catalog(_: Annotated[schemas.Me, Depends(login)]) -> catalog_schemas.CatalogSummary:
        return catalog_schemas.CatalogSummary(
            revision=5 if fake.versions else 0,
            listings=30_000 if fake.versions else 0,
            labelled=30_000,
            holdout=3_012,
            without_description=10_500,
            synthetic=True,
            categories=[
                {"prdtypecode": one.prdtypecode, "category": one.name_fr, "listings": one.listings}
                for one in RAKUTEN
            ],
        )

    @app.get("/catalog/listings")
    def listings(
        _: Annotated[schemas.Me, Depends(login)],
        text: str = "",
        prdtypecode: int | None = None,
        holdout: bool | None = None,
        page: int = 1,
        size: int = 50,
    ) -> catalog_schemas.ListingPage:
        found = [
            row
            for row in map(a_listing, range(120))
            if text.lower() in row["designation"].lower()
            and prdtypecode in (None, row["prdtypecode"])
            and holdout in (None, row["in_holdout"])
        ]
        shown = found[(page - 1) * size : page * size]
        return catalog_schemas.ListingPage(total=len(found), page=page, size=size, listings=shown)

    @app.get("/catalog/revisions")
    def revisions(_: Annotated[schemas.Me, Depends(login)]) -> catalog_schemas.RevisionList:
        rows = [
            {
                "revision": number,
                "kind": "arrivals" if number > 1 else "synthetic",
                "source": f"{1_000 if number > 1 else 26_000} synthetic listings",
                "author": "scheduler",
                "created_at": NOW - timedelta(hours=6 - number),
                "listings_added": 1_000 if number > 1 else 26_000,
                "listings_removed": 40 if number == 3 else 0,
                "labels_added": 1_000,
            }
            for number in range(5, 0, -1)
        ]
        return catalog_schemas.RevisionList(revisions=rows if fake.versions else [])

    @app.post("/catalog/import")
    def import_listings(
        _: Annotated[schemas.Me, Depends(admin)],
        listings: UploadFile,
        codes: UploadFile | None = None,
        replace: Annotated[bool, Form()] = False,
        commit: Annotated[bool, Form()] = False,
    ) -> catalog_schemas.ImportOutcome:
        lines = listings.file.read().decode().splitlines()[1:]
        bad = [place for place, line in enumerate(lines, start=2) if line.endswith("bad")]
        names = [listings.filename, codes and codes.filename]
        fake.imports.append({"files": names, "replace": replace, "commit": commit})
        reject = {"file": listings.filename, "field": "productid", "value": "bad", "row": "…"}
        return catalog_schemas.ImportOutcome(
            committed=commit,
            rows_read=len(lines),
            added=len(lines) - len(bad),
            changed=0,
            unchanged=0,
            removed=0,
            labels_added=0,
            rejected={"productid is not a whole number": len(bad)} if bad else {},
            rejects=[reject | {"line": line, "reason": "not a number"} for line in bad],
            revision=6 if commit else None,
        )
