"""Everything that can go wrong, by name.

    RakutenError
    +-- CatalogError
    |   +-- UnreadableFile        a file is not what was promised
    |   +-- UnwritableFile        a file cannot be written, or not now
    |   +-- ImportRefused         too many bad rows: nothing was written
    |   +-- MixedCatalog          synthetic and real listings do not mix
    |   +-- CatalogTooSmall       nothing to learn from, or nothing to judge on
    |   +-- UnknownRevision
    |   +-- DataMismatch          a file holds another revision than the one that is asked for
    |   +-- DatabaseUnavailable
    |   +-- BadDatabaseUrl        no waiting helps: the setting is wrong
    +-- RegistryError
    |   +-- RegistryUnavailable   the registry failed: says nothing about what it holds
    |   +-- NoChampion            the registry answered: no version is in production
    |   +-- UnknownVersion
    |   +-- NeverServed           rollback to a version that was never in production
    |   +-- HoldoutMismatch       two scorecards on different rows cannot be compared
    +-- DriftError
    |   +-- NoReference           a version does not say what its traffic should look like
    |   +-- NoDriftReport         nobody has looked yet
    |   +-- DriftNotSeen          looking failed
    +-- ScorerCorrupt             a scorer's files do not match their checksums
    |   +-- ScorerOutdated        they are whole, and of an older format
    +-- TrainingError
    |   +-- TrainingInProgress    one at a time
    |   +-- UnknownJob
    |   +-- ScorerDisagrees       the lean scorer and the pipeline differ
    |   +-- CannotReproduce       a version names no origin, or one that is out of reach
    +-- AccessError
    |   +-- UnknownUser
    |   +-- UserExists
    |   +-- WeakPassword
    |   +-- LastAdmin             somebody must be able to administer
    +-- ReviewError
    |   +-- UnknownItem
    |   +-- ItemAnswered          somebody else said what it is
    |   +-- ItemHeld              somebody else is looking at it
    |   +-- KeyReused             an idempotency key came again with another body
    |   +-- BadSheet              a file of answers is no such file
    +-- TracesNotInstalled
    +-- ServiceFailed             a process of the stack ended, or did not answer
    +-- ApiError                  the API refused, or did not answer: what its clients see

A message names the thing, its value and, if there is one, the remedy. What each error means over
HTTP stands in `api/app.py`.
"""


class RakutenError(Exception):
    """Anything this project refuses or fails at, on purpose."""


class CatalogError(RakutenError):
    """The catalogue cannot do what was asked."""


class UnreadableFile(CatalogError):
    """A file is missing, is not CSV, or lacks a column."""


class UnwritableFile(CatalogError):
    """A file cannot be of that kind or in that place, or another process is writing it."""


class ImportRefused(CatalogError):
    """More rows were bad than the import tolerates; the catalogue is as it was."""


class MixedCatalog(CatalogError):
    """Listings of one catalogue were about to enter another."""


class CatalogTooSmall(CatalogError):
    """A revision holds too little to train or judge on."""


class UnknownRevision(CatalogError):
    """The catalogue has no such revision."""


class DataMismatch(CatalogError):
    """A file of exported rows holds another revision than the one that is asked for."""


class DatabaseUnavailable(CatalogError):
    """The database cannot be reached or is locked."""


class BadDatabaseUrl(CatalogError):
    """The setting names no database, or one whose driver is not installed."""


class RegistryError(RakutenError):
    """The model registry cannot do what was asked."""


class RegistryUnavailable(RegistryError):
    """The registry did not answer; whether an alias exists is unknown."""


class NoChampion(RegistryError):
    """The registry answered, and no version carries `Production`."""


class UnknownVersion(RegistryError):
    """The registry has no such version."""


class NeverServed(RegistryError):
    """Rollback goes only to a version that was in production before."""


class HoldoutMismatch(RegistryError):
    """Two scorecards were made on different holdout rows."""


class ScorerCorrupt(RakutenError):
    """A scorer's files are incomplete or do not match their checksums."""


class DriftError(RakutenError):
    """Traffic cannot be compared with what a version learnt from."""


class NoReference(DriftError):
    """The file of a version's reference is missing or damaged."""


class NoDriftReport(DriftError):
    """There is no report on drift yet."""


class DriftNotSeen(DriftError):
    """Looking for drift failed, for a reason that its process told."""


class ScorerOutdated(ScorerCorrupt):
    """A scorer's files are of a format that only an older program reads."""


class TrainingError(RakutenError):
    """A training job cannot start or go on."""


class TrainingInProgress(TrainingError):
    """Another training runs; `job_id` names it if it is known."""

    def __init__(self, job_id: int | None = None) -> None:
        named = "Another training" if job_id is None else f"Training job {job_id}"
        super().__init__(f"{named} is running; wait for it to end, then start again")
        self.job_id = job_id


class UnknownJob(TrainingError):
    """There is no training job of that number."""


class ScorerDisagrees(TrainingError):
    """The lean scorer gives another category than the pipeline it was made from."""


class CannotReproduce(TrainingError):
    """A version does not say of what it was made, or this code cannot go back there."""


class AccessError(RakutenError):
    """A user cannot be made, changed or removed."""


class UnknownUser(AccessError):
    """There is no user of that name."""


class UserExists(AccessError):
    """There is a user of that name already."""


class WeakPassword(AccessError):
    """The password is too short."""


class LastAdmin(AccessError):
    """The last administrator cannot be removed or demoted."""


class ReviewError(RakutenError):
    """The review queue cannot do what was asked."""


class UnknownItem(ReviewError):
    """The queue has no such item."""


class ItemAnswered(ReviewError):
    """Another reviewer has answered the item."""


class ItemHeld(ReviewError):
    """Another reviewer holds the item."""


class KeyReused(ReviewError):
    """An idempotency key stands for one body only."""


class BadSheet(ReviewError):
    """A file lacks what a file of answers needs."""


class TracesNotInstalled(RakutenError):
    """Traces are to be sent, and what sends them is not there."""


class ServiceFailed(RakutenError):
    """A process of the stack ended on its own, or did not answer in time."""


class ApiError(RakutenError):
    """What went wrong, in a sentence for people; `status` is None if the API did not answer."""

    def __init__(self, status: int | None, message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.remedy = remedy
