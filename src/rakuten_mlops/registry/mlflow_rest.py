"""MLflow's REST API (2.0), asked with the standard library: a request takes a millisecond.

MLflow's own client takes seconds and 100 MiB to import, too much for what is asked every few
seconds. This one knows the usual ways to ask a server, and says when there is another: then it
raises Unclear, and the client has to be asked.
"""

import base64
import json
import os
import ssl
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from rakuten_mlops.errors import RegistryUnavailable, UnknownVersion
from rakuten_mlops.registry.model_registry import MODEL_NAME

SECONDS = 20.0
# With one of these MLflow's client asks another registry, or signs its questions in its own ways.
OTHER_WAYS = (
    "MLFLOW_REGISTRY_URI",
    "MLFLOW_WORKSPACE",
    "MLFLOW_TRACKING_AUTH",
    "MLFLOW_TRACKING_AWS_SIGV4",
)


class Unclear(Exception):
    """Only MLflow's own client can tell."""


class MlflowRest:
    """A server by its address. Every method raises RegistryUnavailable, all but `post` Unclear."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def get(self, path: str, /, **query: str) -> Any:
        """What a path of the API answers. Raises UnknownVersion if it says that it is not there."""
        try:
            return json.loads(self.read(f"{path}?{urlencode(query)}"))
        except ValueError as error:
            raise Unclear from error

    def post(self, path: str, /, **fields: str) -> None:
        """Have a path of the API change something."""
        try:
            self.read(path, json.dumps(fields).encode())
        except Unclear as error:
            # Who asks again by another way cannot know what has been changed by now.
            raise RegistryUnavailable(f"The model registry at {self.url} refused {path}") from error

    def read(self, path: str, body: bytes | None = None) -> bytes:
        """The content of a path, which is quoted and may have a query. Raises UnknownVersion."""
        if not is_server(self.url) or other_ways() or "@" in urlsplit(self.url).netloc:
            raise Unclear
        request = Request(f"{self.url}/api/2.0/{path}", body)  # noqa: S310 - http or https
        if body is not None:
            request.add_header("Content-Type", "application/json")
        if credentials := _credentials():
            # Not sent on to where a redirection leads.
            request.add_unredirected_header("Authorization", credentials)
        try:
            with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - as above
                return answer.read()
        except HTTPError as error:
            raise self._refusal(error) from error
        except (OSError, HTTPException) as error:
            reason = error.reason if isinstance(error, URLError) else error
            if isinstance(reason, ssl.SSLError):
                # MLflow's client trusts other authorities, and may be told to trust any.
                raise Unclear from error
            raise RegistryUnavailable(
                f"The model registry at {self.url} did not answer: {reason}"
            ) from error

    def _refusal(self, error: HTTPError) -> Exception:
        with error:
            if error.code >= 500:
                return RegistryUnavailable(
                    f"The model registry at {self.url} failed: {error.code} {error.reason}"
                )
            try:
                said = json.load(error)
                if said["error_code"] == "RESOURCE_DOES_NOT_EXIST":
                    return UnknownVersion(f"{MODEL_NAME}: {said['message']}")
            except (OSError, ValueError, LookupError, TypeError):
                pass
            return Unclear()


def is_server(url: str) -> bool:
    """Whether a tracking URI is a server's address."""
    return urlsplit(url).scheme in ("http", "https")


def other_ways() -> bool:
    """Whether the environment has MLflow's client ask otherwise than this module does."""
    return any(map(os.environ.get, OTHER_WAYS))


def _credentials() -> str | None:
    """The header that MLflow's client would send."""
    name, password, token = (
        os.environ.get(f"MLFLOW_TRACKING_{part}") for part in ("USERNAME", "PASSWORD", "TOKEN")
    )
    if name and password:
        return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"
    return f"Bearer {token}" if token else None
