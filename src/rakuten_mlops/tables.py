"""The tables of the one database.

Rows of `listings` and `labels` are never changed or deleted. Each is current from revision
`added_in` up to, not including, `removed_in` (NULL: still current), so every past state of the
catalogue can be read again.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# SQLite numbers rows by itself only where the key's type is INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: SQLite keeps no time zone, and PostgreSQL answers in the session's."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


revisions = Table(
    "revisions",
    metadata,
    Column("revision", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),  # import, synthetic, arrivals, review, feedback
    Column("source", Text, nullable=False),
    Column("author", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("listings_added", Integer, nullable=False),
    Column("listings_removed", Integer, nullable=False),
    Column("labels_added", Integer, nullable=False),
)

listings = Table(
    "listings",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("productid", BigInteger, nullable=False),
    Column("imageid", BigInteger),
    Column("designation", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("in_holdout", Boolean, nullable=False),
    Column("added_in", ForeignKey("revisions.revision"), nullable=False),
    Column("removed_in", ForeignKey("revisions.revision")),
    Index("ix_listings_productid_removed_in", "productid", "removed_in"),
)

labels = Table(
    "labels",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("productid", BigInteger, nullable=False),
    Column("prdtypecode", Integer, nullable=False),
    Column("source", String(16), nullable=False),  # the kind of its revision
    Column("author", String(64), nullable=False),
    Column("added_in", ForeignKey("revisions.revision"), nullable=False),
    Column("removed_in", ForeignKey("revisions.revision")),
    Index("ix_labels_productid_removed_in", "productid", "removed_in"),
)

categories = Table(
    "categories",
    metadata,
    Column("prdtypecode", Integer, primary_key=True, autoincrement=False),
    Column("name_fr", Text, nullable=False),
    Column("name_en", Text, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("state", String(16), nullable=False),  # queued, running, succeeded, failed, orphaned
    # 1 while queued or running, else NULL: the database itself refuses a second active job.
    Column("active", Integer, unique=True),
    # Whose process it is: another machine cannot see whether that process lives.
    Column("machine", String(32), nullable=False),
    Column("trigger", String(16), nullable=False),  # manual, schedule, first-start, drift
    Column("requested_by", String(64), nullable=False),
    # Of the request, or the command, that asked for it; none before there were ids.
    Column("request_id", String(64)),
    Column("parameters", Text, nullable=False),  # JSON
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("step", String(32)),
    Column("progress", Float, nullable=False, default=0.0),
    Column("message", Text),
    Column("outcome", Text),  # JSON: version, scorecard, verdict
)

review_items = Table(
    "review_items",
    metadata,
    Column("id", RowId, primary_key=True),
    # `own_productid` of the texts: a listing waits once, however often it comes.
    Column("content", BigInteger, nullable=False, unique=True),
    Column("designation", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("kind", String(16), nullable=False),  # doubtful, random, label noise
    Column("state", String(16), nullable=False),  # waiting, answered, labelled, void
    Column("priority", Float, nullable=False),  # within its kind, highest first
    Column("model_version", String(64), nullable=False),
    Column("prdtypecode", Integer, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("alternatives", Text, nullable=False),  # JSON
    Column("stored_code", Integer),  # label noise: what the catalogue says
    Column("offered_at", UtcDateTime, nullable=False),
    Column("leased_by", String(64)),
    Column("leased_until", UtcDateTime),
    Column("answer_code", Integer),  # or NOT_A_PRODUCT
    Column("answered_by", String(64)),
    Column("answered_at", UtcDateTime),
    # The one that made a label of the answer; none where people had said the same before.
    Column("revision", ForeignKey("revisions.revision")),
    Index("ix_review_items_state_kind_priority", "state", "kind", "priority"),
    Index("ix_review_items_leased_by", "leased_by"),
)

review_draws = Table(
    "review_draws",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("item_id", ForeignKey("review_items.id", ondelete="CASCADE"), nullable=False),
    Column("model_version", String(64), nullable=False),
    Column("prdtypecode", Integer, nullable=False),
    Column("decision", String(16), nullable=False),
    Column("drawn_at", UtcDateTime, nullable=False),
    UniqueConstraint("item_id", "model_version"),
    Index("ix_review_draws_model_version_drawn_at", "model_version", "drawn_at"),
)

review_answers = Table(
    "review_answers",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("item_id", ForeignKey("review_items.id"), nullable=False),
    Column("reviewer", String(64), nullable=False),
    Column("answer", String(16), nullable=False),  # confirm, category, not a product, skip
    Column("prdtypecode", Integer),
    Column("answered_at", UtcDateTime, nullable=False),
    Index("ix_review_answers_item_id_reviewer", "item_id", "reviewer"),
)

feedback_requests = Table(
    "feedback_requests",
    metadata,
    Column("author", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("body", String(64), nullable=False),  # SHA-256
    Column("outcome", Text),  # JSON
    Column("received_at", UtcDateTime, nullable=False),
)


# The champion and the challenger of a shadow, by version: each row some listings scored by both.
shadow_runs = Table(
    "shadow_runs",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("champion", String(64), nullable=False),
    Column("challenger", String(64), nullable=False),
    Column("compared", Integer, nullable=False),
    Column("agreed", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

shadow_disputes = Table(
    "shadow_disputes",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("champion", String(64), nullable=False),
    Column("challenger", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("designation", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("prdtypecode", Integer, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("challenger_code", Integer, nullable=False),
    Column("challenger_confidence", Float, nullable=False),
    Index("ix_shadow_disputes_champion_challenger", "champion", "challenger"),
)

# One row a listing that was served. Numbers without a time zone: they are read by the million.
predictions = Table(
    "predictions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", BigInteger, nullable=False),  # microseconds since 1970, UTC
    Column("version", String(64), nullable=False),
    Column("request_id", String(128)),
    Column("prdtypecode", Integer, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("accepted", Boolean, nullable=False),
    Column("microseconds", Integer, nullable=False),  # of the whole request
    Column("title_chars", Integer, nullable=False),
    Column("description_chars", Integer, nullable=False),
    Column("words", Integer, nullable=False),
    Column("unknown_words", Integer, nullable=False),
    Column("language", SmallInteger, nullable=False),
    Column("garbled", Boolean, nullable=False),
    Column("sketch", LargeBinary, nullable=False),  # uint32, little-endian
    # Only where RAKUTEN_LOG_TEXTS allows it.
    Column("designation", Text),
    Column("description", Text),
    Index("ix_predictions_version_at", "version", "at"),
    # All that a summary reads: it need not touch the rows.
    Index(
        "ix_predictions_at",
        *("at", "version", "prdtypecode", "accepted", "confidence", "microseconds"),
    ),
)

# Words of new traffic that several different listings held, by the hash of the sketches.
logged_words = Table(
    "logged_words",
    metadata,
    Column("hash", BigInteger, primary_key=True, autoincrement=False),
    Column("word", Text, nullable=False),
    Column("named_at", UtcDateTime, nullable=False),
)

# Files of the spool that are recorded but perhaps not removed yet: none counts twice.
recorded_files = Table(
    "recorded_files",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("recorded_at", UtcDateTime, nullable=False),
)

drift_reports = Table(
    "drift_reports",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("version", String(64), nullable=False),
    Column("state", String(32), nullable=False),  # no drift, watch, drift, too few listings
    Column("report", Text, nullable=False),  # JSON
)
