"""What `/metrics` answers, read with the library's own parser."""

from prometheus_client.parser import text_string_to_metric_families

from .conftest import Caller


class Scrape:
    """One answer of `/metrics`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.families = list(text_string_to_metric_families(text))

    def samples(self, name: str) -> list[tuple[dict[str, str], float]]:
        """All samples of that name."""
        return [
            (sample.labels, sample.value)
            for family in self.families
            for sample in family.samples
            if sample.name == name
        ]

    def total(self, name: str, **labels: str) -> float:
        """The sum of all samples that have these labels."""
        return sum(value for found, value in self.samples(name) if labels.items() <= found.items())


def scraped(caller: Caller) -> Scrape:
    answer = caller.get("/metrics")
    assert answer.status_code == 200
    return Scrape(answer.text)
