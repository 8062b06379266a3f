"""`/catalog`: what it holds, page by page; its revisions; and files into it."""

import re
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, HTTPException, Query, UploadFile

from rakuten_mlops.api.auth import Admin, Anyone
from rakuten_mlops.api.catalog_schemas import (
    CatalogListing,
    CatalogRevision,
    CatalogSummary,
    ImportOutcome,
    ListingPage,
    RevisionList,
)
from rakuten_mlops.api.services import ServicesOf
from rakuten_mlops.catalog.importing import Order, import_apart
from rakuten_mlops.catalog.revision import Revision
from rakuten_mlops.catalog.search import Wanted, search
from rakuten_mlops.errors import CatalogError

MOST_AT_ONCE = 200
LARGEST_CODE = 2**31 - 1
MOST_PAGES = 100_000
UNSAFE = re.compile(r"[^\w.-]+")

router = APIRouter(prefix="/catalog", tags=["catalog"])


@router.get("")
def show_catalog(services: ServicesOf, _: Anyone) -> CatalogSummary:
    """The catalogue as it stands: how many listings, of which categories."""
    counts, names = services.catalog.counts(), services.catalog.categories()
    revisions = services.catalog.revisions()
    return CatalogSummary(
        revision=services.catalog.current_revision(),
        listings=counts.listings,
        labelled=counts.labelled,
        holdout=counts.holdout,
        without_description=counts.without_description,
        synthetic=_synthetic(revisions),
        categories=[
            {"prdtypecode": code, "category": category.name_fr, "listings": counts.categories[code]}
            for code, category in names.items()
            if code in counts.categories
        ],
    )


@router.get("/listings")
def find_listings(
    services: ServicesOf,
    _: Anyone,
    text: str = Query("", max_length=200, description="Stands in the title, or is a productid."),
    prdtypecode: int | None = Query(None, ge=0, le=LARGEST_CODE),
    holdout: bool | None = Query(None, description="Unset: kept for judging or not."),
    page: int = Query(1, ge=1, le=MOST_PAGES),
    size: int = Query(50, ge=1, le=MOST_AT_ONCE),
) -> ListingPage:
    """Listings that are current, the newest first; long descriptions are cut."""
    found = search(services.engine, Wanted(text, prdtypecode, holdout, page, size))
    names = services.catalog.categories()
    rows = []
    for row in found.rows:
        category = names.get(row["prdtypecode"])
        rows.append(CatalogListing(**row, category=category.name_fr if category else None))
    return ListingPage(total=found.total, page=page, size=size, listings=rows)


@router.get("/revisions")
def list_revisions(
    services: ServicesOf, _: Anyone, count: int = Query(100, ge=1, le=1_000)
) -> RevisionList:
    """The latest writes to the catalogue: who, when, from where, and what they changed."""
    latest = services.catalog.revisions()[-count:]
    return RevisionList(revisions=[CatalogRevision(**asdict(each)) for each in reversed(latest)])


@router.post("/import")
def import_listings(
    services: ServicesOf,
    user: Admin,
    listings: Annotated[UploadFile, File(description="As X_train_update.csv; gzip is read.")],
    codes: Annotated[UploadFile | None, File(description="As Y_train_CVw08PX.csv.")] = None,
    categories: Annotated[
        UploadFile | None, File(description="Codes and names of another catalogue.")
    ] = None,
    replace: Annotated[bool, Form(description="Retire what these files do not name.")] = False,
    max_rejected: Annotated[float, Form(ge=0, le=1)] = 0.01,
    commit: Annotated[bool, Form(description="Store it; else only say what would happen.")] = False,
) -> ImportOutcome:
    """Bring files into the catalogue as one revision, or, without `commit`, only try it.

    Bad rows are named; above the share `max_rejected` nothing is stored. One import at a time.
    Files beyond the largest body are for the command line: `rakuten-mlops import`.
    """
    if not services.importing.acquire(blocking=False):
        raise HTTPException(409, "Another import is running; try again when it has ended")
    try:
        with tempfile.TemporaryDirectory(prefix="rakuten-import-") as name:
            folder = Path(name)
            order = Order(
                x=_kept(listings, folder / "listings"),
                y=None if codes is None else _kept(codes, folder / "codes"),
                labels=None if categories is None else _kept(categories, folder / "categories"),
                rejects_file=folder / "rejects.csv",
                author=user.name,
                replace=replace,
                max_rejected=max_rejected if commit else 1.0,
                commit=commit,
            )
            report = _import(order, services.settings.environment(), folder)
    finally:
        services.importing.release()
    if not commit:
        report["revision"] = None
    return ImportOutcome(committed=commit, **report)


def _import(order: Order, environment: dict[str, str], folder: Path) -> dict[str, Any]:
    try:
        return import_apart(order, environment)
    except CatalogError as error:
        # Whoever sent the file knows its name, and nothing of where it lay meanwhile.
        told = re.sub(rf"{re.escape(str(folder))}/(?:\w+/)?", "", str(error))
        raise type(error)(told) from error


def _kept(upload: UploadFile, folder: Path) -> Path:
    """Lay an upload down under its own name, which stands in reports and in the revision."""
    folder.mkdir()
    name = UNSAFE.sub("_", Path(upload.filename or "").name).strip(".")[-80:] or "file.csv"
    with (folder / name).open("wb") as file:
        shutil.copyfileobj(upload.file, file)
    return folder / name


def _synthetic(revisions: list[Revision]) -> bool:
    kinds = [each.kind for each in revisions if each.kind in ("import", "synthetic", "arrivals")]
    return bool(kinds) and kinds[-1] != "import"
