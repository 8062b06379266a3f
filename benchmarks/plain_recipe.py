"""The plain recipe: what most projects of this kind start from, and the yardstick of ours."""

import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC
from sqlalchemy import create_engine, text

CURRENT = text("""
    SELECT listings.designation, listings.description, labels.prdtypecode, listings.in_holdout
    FROM listings JOIN labels ON labels.productid = listings.productid
    WHERE listings.removed_in IS NULL AND labels.removed_in IS NULL
    ORDER BY listings.productid
""")


def read(url: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the labelled listings to learn from, and those of the permanent holdout."""
    with create_engine(url).connect() as connection:
        rows = pd.read_sql_query(CURRENT, connection)
    held = rows["in_holdout"].astype(bool)
    return rows[~held], rows[held]


def texts(rows: pd.DataFrame) -> pd.Series:
    """What the recipe reads of a listing."""
    return rows["designation"] + " " + rows["description"]


def fit(rows: pd.DataFrame) -> Pipeline:
    """Fit TF-IDF of words and pairs of words, and one linear machine a category."""
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2), LinearSVC(class_weight="balanced")
    )
    return model.fit(texts(rows), rows["prdtypecode"])
