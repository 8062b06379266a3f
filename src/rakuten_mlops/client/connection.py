"""One user's way to the API: the only file that knows httpx2."""

import time
from typing import Any, Self

import httpx2

from rakuten_mlops.client.answers import Role
from rakuten_mlops.client.refusal import refusal
from rakuten_mlops.errors import ApiError

# A batch of long listings or a promotion may take a while; an API that is away is noticed at once.
TIMEOUT = httpx2.Timeout(60.0, connect=3.0)
KEPT = 10
# A worker that is replaced is gone for a moment only.
PAUSES = (0.1, 0.4)
# Nothing of the request has left, so that trying again cannot do it twice.
NOT_SENT = (httpx2.ConnectError, httpx2.PoolTimeout)


class Connection:
    """Sends requests with one user's credentials, and turns what goes wrong into ApiError.

    A request that did not reach the API is tried again; one that was cut off only if it may happen
    twice. Connections are kept open only inside a `with`: nobody says when a browser is closed.
    """

    def __init__(self, url: str, *, name: str, password: str) -> None:
        self._url = url
        self._auth = httpx2.BasicAuth(name, password)
        self._http = self._open(kept=0)

    def _open(self, *, kept: int) -> httpx2.Client:
        return httpx2.Client(
            base_url=self._url,
            auth=self._auth,
            timeout=TIMEOUT,
            limits=httpx2.Limits(max_keepalive_connections=kept),
            # The API is part of this system: a proxy to the outside has no business in between.
            trust_env=False,
        )

    def __enter__(self) -> Self:
        self._http = self._open(kept=KEPT)
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        self._http = self._open(kept=0)

    def ask(self, method: str, path: str, **details: Any) -> Any:
        """The JSON of an answer."""
        return self.json(self.send(method, path, **details))

    def send(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        form: dict[str, str] | None = None,
        files: dict[str, tuple[str, bytes]] | None = None,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        needs: Role = "client",
        fine: tuple[int, ...] = (),
        repeatable: bool | None = None,
    ) -> httpx2.Response:
        """The answer, if it is a success or its status is `fine`; else ApiError.

        `files` are a form's, each a name and a content. `repeatable` says whether it may happen
        twice; None: as HTTP has it, if it is a GET.
        """
        request = self._http.build_request(
            method,
            path,
            json=json,
            content=content,
            data=form,
            files=files,
            params=params,
            headers=headers,
        )
        twice = method == "GET" if repeatable is None else repeatable
        try:
            response = self._send_again(request, twice=twice)
        except httpx2.TimeoutException as error:
            raise self._too_slow(path) from error
        except httpx2.HTTPError as error:
            raise self._away() from error
        if response.is_success or response.status_code in fine:
            return response
        raise refusal(response.status_code, response.content, needs=needs)

    def _send_again(self, request: httpx2.Request, *, twice: bool) -> httpx2.Response:
        for pause in PAUSES:
            try:
                return self._http.send(request)
            except NOT_SENT:
                time.sleep(pause)
            except (httpx2.NetworkError, httpx2.RemoteProtocolError):
                if not twice:
                    raise
                time.sleep(pause)
        return self._http.send(request)

    def json(self, response: httpx2.Response) -> Any:
        """The body of an answer; ApiError if something else than the API gave it."""
        try:
            return response.json()
        except ValueError as error:
            raise ApiError(
                response.status_code,
                f"Something answers at {_address(response.url)}, but it is not the API.",
                "Say in `RAKUTEN_API_URL` where the API is.",
            ) from error

    def _away(self) -> ApiError:
        return ApiError(
            None,
            f"The API does not answer at {_address(self._http.base_url)}.",
            "Start everything with `make up`, or say in `RAKUTEN_API_URL` where the API is.",
        )

    def _too_slow(self, path: str) -> ApiError:
        return ApiError(
            None,
            f"The API at {_address(self._http.base_url)} took too long over {path}.",
            "Try again in a moment; if it stays slow, look at the log of the API.",
        )


def _address(url: httpx2.URL) -> str:
    """The address without a user name or password that somebody may have written into it."""
    return f"{url.scheme}://{url.host}" + (f":{url.port}" if url.port else "")
