"""The catalogue over HTTP: looked up page by page, its revisions, and files into it."""

import pytest

ROWS = """\
,designation,description,productid,imageid
0,Piscine ronde,,900001,1
1,Livre de poche,Neuf,900002,2
2,,rien,900003,3
"""
CODES = ",prdtypecode\n0,2583\n1,10\n2,10\n"


def files(rows=ROWS, codes=CODES):
    found = {"listings": ("X.csv", rows.encode(), "text/csv")}
    return found if codes is None else found | {"codes": ("Y.csv", codes.encode(), "text/csv")}


def replaced(commit, most=0.5):
    return {"commit": commit, "replace": "true", "max_rejected": str(most)}


def test_listings_come_in_pages_newest_first(admin):
    first = admin.get("/catalog/listings?size=40").json()
    last = admin.get("/catalog/listings?size=40&page=3").json()

    assert (first["total"], len(first["listings"]), len(last["listings"])) == (100, 40, 20)
    assert all(row["category"] for row in first["listings"])
    ids = [row["productid"] for row in first["listings"] + last["listings"]]
    assert len(set(ids)) == 60


def test_a_listing_is_found_by_a_part_of_its_title_whatever_the_case(admin):
    title = admin.get("/catalog/listings?size=1").json()["listings"][0]["designation"]

    found = admin.get("/catalog/listings", params={"text": title.upper()[:20]}).json()

    assert title in [row["designation"] for row in found["listings"]]
    assert found["total"] < 100


def test_a_percent_sign_is_no_wildcard(admin):
    assert admin.get("/catalog/listings", params={"text": "%"}).json()["total"] < 100


def test_a_listing_is_found_by_its_productid(admin):
    row = admin.get("/catalog/listings?size=1").json()["listings"][0]

    found = admin.get("/catalog/listings", params={"text": str(row["productid"])}).json()

    assert row["productid"] in [each["productid"] for each in found["listings"]]


def test_listings_are_filtered_by_category_and_by_their_part(admin):
    categories = admin.get("/catalog").json()["categories"]
    largest = max(categories, key=lambda row: row["listings"])
    code = largest["prdtypecode"]

    of_category = admin.get(f"/catalog/listings?prdtypecode={code}").json()
    kept = admin.get("/catalog/listings?holdout=true").json()
    learnt = admin.get("/catalog/listings?holdout=false").json()

    assert of_category["total"] == largest["listings"]
    assert {row["prdtypecode"] for row in of_category["listings"]} == {code}
    assert kept["total"] + learnt["total"] == 100
    assert all(row["in_holdout"] for row in kept["listings"])


@pytest.mark.parametrize("query", ["page=0", "size=0", "size=201", "prdtypecode=-1"])
def test_a_page_that_cannot_be_is_refused(admin, query):
    assert admin.get(f"/catalog/listings?{query}").status_code == 422


def test_revisions_say_who_wrote_what(admin):
    (revision,) = admin.get("/catalog/revisions").json()["revisions"]

    assert (revision["kind"], revision["author"]) == ("synthetic", "test")
    assert revision["listings_added"] == 100


def test_a_preview_says_what_would_happen_and_stores_nothing(admin):
    outcome = admin.post("/catalog/import", files=files(), data=replaced("false")).json()

    assert not outcome["committed"]
    assert outcome["revision"] is None
    assert (outcome["rows_read"], outcome["added"], outcome["removed"]) == (3, 2, 100)
    (bad,) = outcome["rejects"]
    assert (bad["file"], bad["line"], bad["field"]) == ("X.csv", 4, "designation")
    assert admin.get("/catalog").json()["listings"] == 100


def test_what_was_previewed_is_stored_when_asked(admin):
    tried = admin.post("/catalog/import", files=files(), data=replaced("false")).json()

    done = admin.post("/catalog/import", files=files(), data=replaced("true")).json()

    assert done["revision"] == 2
    same = ("rows_read", "added", "changed", "unchanged", "removed", "labels_added", "rejected")
    assert {name: done[name] for name in same} == {name: tried[name] for name in same}
    assert admin.get("/catalog").json()["listings"] == 2
    latest = admin.get("/catalog/revisions").json()["revisions"][0]
    assert (latest["author"], latest["source"]) == ("admin", "X.csv + Y.csv")


def test_too_many_bad_rows_store_nothing(admin):
    refused = admin.post("/catalog/import", files=files(), data=replaced("true", most=0.1))

    assert refused.status_code == 422
    assert "X.csv" in refused.json()["detail"]
    assert admin.get("/catalog").json()["listings"] == 100


def test_real_listings_do_not_mix_with_synthetic_ones(admin):
    mixed = admin.post("/catalog/import", files=files(), data={"max_rejected": "1"})

    assert mixed.status_code == 409
    assert "--replace" in mixed.json()["detail"]


def test_a_file_that_is_none_is_named_without_the_place_where_it_lay(admin):
    refused = admin.post("/catalog/import", files=files(rows="titre\nLivre\n"))

    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("X.csv has no ")
    assert "rakuten-import" not in refused.json()["detail"]


def test_a_name_that_climbs_stays_in_its_folder(admin):
    climbing = {"listings": ("../../etc/X .csv", ROWS.encode(), "text/csv")}

    outcome = admin.post("/catalog/import", files=climbing, data=replaced("false"))

    assert outcome.json()["rejects"][0]["file"] == "X_.csv"


def test_one_import_runs_at_a_time(api, admin):
    importing = api.app.inner.state.services.importing

    with importing:
        refused = admin.post("/catalog/import", files=files())

    assert refused.status_code == 409
    assert "Another import" in refused.json()["detail"]
    assert not importing.locked()


def test_only_an_administrator_imports(rita):
    assert rita.post("/catalog/import", files=files()).status_code == 403
