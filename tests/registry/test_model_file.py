"""The format belongs to skops: what we have it write must be what any skops reads."""

import json
import subprocess
import sys
from zipfile import ZipFile

import pytest
import skops.io
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from tests.factories import a_pipeline

from rakuten_mlops.registry.model_file import write_vocabularies_as_text
from rakuten_mlops.training.pipeline import model_input


@pytest.fixture(autouse=True)
def told():
    write_vocabularies_as_text()


def fitted_with(vocabulary):
    vectoriser = TfidfVectorizer().fit(["deux mots"])
    vectoriser.vocabulary_ = vocabulary
    return vectoriser


def vocabularies(node):
    """Every node of a file's schema that is an attribute `vocabulary_`."""
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "vocabulary_")
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from vocabularies(each)


def test_a_vocabulary_is_one_text_in_the_file(tmp_path):
    pipeline = a_pipeline()
    text, title = (pipeline["features"].named_transformers_[name] for name in ("text", "title"))
    skops.io.dump(pipeline, tmp_path / "model.skops")

    with ZipFile(tmp_path / "model.skops") as file:
        found = list(vocabularies(json.loads(file.read("schema.json"))))

    assert [node["__loader__"] for node in found] == ["JsonNode", "JsonNode"]
    assert [json.loads(node["content"]) for node in found] == [text.vocabulary_, title.vocabulary_]
    # What was fitted stays as it was.
    assert type(text.vocabulary_) is dict


def test_a_term_takes_little_more_room_than_its_letters():
    terms = {f"terme{number}": number for number in range(10_000)}

    with_terms = len(skops.io.dumps(fitted_with(terms)))

    assert (with_terms - len(skops.io.dumps(fitted_with({"deux": 0})))) / len(terms) < 30


@given(st.dictionaries(st.text(), st.integers(0, 2**31)))
def test_any_vocabulary_comes_back_as_the_ordinary_dictionary_that_it_was(vocabulary):
    read = skops.io.loads(skops.io.dumps(fitted_with(vocabulary)), trusted=[]).vocabulary_

    assert type(read) is dict
    assert list(read.items()) == list(vocabulary.items())


def test_vectorisers_are_found_wherever_they_stand():
    texts = ["piscine ronde", "livre de poche", "piscine"]
    pipeline = make_pipeline(TfidfVectorizer(max_features=3)).fit(texts)

    read = skops.io.loads(skops.io.dumps(pipeline), trusted=[])

    assert (read.transform(texts) != pipeline.transform(texts)).nnz == 0


def test_an_unfitted_vectoriser_is_written_as_ever():
    read = skops.io.loads(skops.io.dumps(TfidfVectorizer(min_df=7)), trusted=[])

    assert read.min_df == 7
    assert not hasattr(read, "vocabulary_")


def test_skops_reads_it_without_knowing_of_us_and_trusting_nothing(candidate, snapshot, tmp_path):
    """In a process that never heard of this package, the whole holdout gets the same answers."""
    rows = model_input(snapshot.holdout)
    skops.io.dump(candidate.pipeline, tmp_path / "model.skops")
    rows.write_parquet(tmp_path / "rows.parquet")
    program = """
import json, sys
import polars as pl
import skops.io

pipeline = skops.io.load("model.skops", trusted=[])
answers = pipeline.predict(pl.read_parquet("rows.parquet")).tolist()
strangers = skops.io.get_untrusted_types(file="model.skops")
print(json.dumps([answers, strangers, "rakuten_mlops" in sys.modules]))
"""
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)

    answers, strangers, known = json.loads(ran.stdout)
    assert answers == candidate.scorecard.predicted.tolist()
    assert strangers == []
    assert not known
