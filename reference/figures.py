"""The page of metrics."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rakuten_mlops.api import metrics
from rakuten_mlops.api.routes import system
from rakuten_mlops.api.services import Services
from rakuten_mlops.settings import Settings
from rakuten_mlops.tables import metadata
from rakuten_mlops.users import NOBODY
from reference.tables import table

OURS = ("http_", "rakuten_")
HEAD = """\
# Metrics

`GET /metrics` gives them in Prometheus's text format, to any user. Where several workers share a
port they are added up. `route` is a route's pattern, never a path, so that labels stay few.

```yaml
scrape_configs:
  - job_name: rakuten-mlops
    static_configs: [{targets: ["127.0.0.1:8000"]}]
    basic_auth: {username: prometheus, password_file: prometheus-password}
```

Make that user with `rakuten-mlops users add prometheus --role client`. A counter's name ends in
`_total`; a histogram has `_bucket`, `_sum` and `_count`.

"""


def page() -> str:
    """Every figure of this project, with its kind, labels and meaning."""
    rows = [(f"`{name}`", kind, labels(name), said) for name, kind, said in published()]
    return HEAD + table(("figure", "kind", "labels", "meaning"), rows)


def published() -> Iterator[tuple[str, str, str]]:
    """Name, kind and meaning of what an API that has just started publishes."""
    with TemporaryDirectory() as home:
        services = Services(Settings(home=Path(home)))
        metadata.create_all(services.engine)
        lines = bytes(system.show_metrics(services, NOBODY).body).decode().splitlines()
        services.engine.dispose()
    said = dict(line.split(" ", 3)[2:] for line in lines if line.startswith("# HELP "))
    kinds = dict(line.split(" ", 3)[2:] for line in lines if line.startswith("# TYPE "))
    for name in sorted(said):
        # A counter is also published with the moment of its making.
        if name.startswith(OURS) and not name.endswith("_created"):
            yield name, kinds[name], said[name]


def labels(name: str) -> str:
    """The labels of a figure; none where it has no object of its own."""
    found: list[Any] = [each for each in vars(metrics).values() if hasattr(each, "_labelnames")]
    for each in found:
        if name.removesuffix("_total") == each._name:  # noqa: SLF001 - it has no public name
            return ", ".join(f"`{label}`" for label in each._labelnames)  # noqa: SLF001 - nor they
    return ""
