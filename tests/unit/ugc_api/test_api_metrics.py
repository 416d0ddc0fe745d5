"""What the API counts, and that each metric comes with its manual."""

import re

import pytest
from prometheus_client import generate_latest

from tests.unit.ugc_api.serving import ADDRESS, Api, report
from ugc_api.ingest.routes import MANY, OFFSETS, ONE
from ugc_api.metrics import Metrics


def test_every_metric_is_ours_and_says_what_to_do() -> None:
    declared = Metrics().declarations.declared
    assert len({entry.name for entry in declared}) == len(declared) > 8
    for entry in declared:
        assert re.fullmatch("ugc_[a-z_]+", entry.name)
        assert entry.meaning.endswith(".")
        assert len(entry.remedy) > 10
        assert entry.help == f"{entry.meaning} Remedy: {entry.remedy}"


def test_every_metric_is_exposed_with_its_help() -> None:
    metrics = Metrics()
    text = generate_latest(metrics.declarations.registry).decode()
    for entry in metrics.declarations.declared:
        assert f"# HELP {entry.name} {entry.help}\n" in text


def test_two_processes_in_one_do_not_share_numbers() -> None:
    one, other = Metrics(), Metrics()
    one.received.counts[()] += 1
    assert other.declarations.registry.get_sample_value("ugc_events_received_total") == 0


@pytest.mark.parametrize(
    ("method", "address", "route", "status"),
    [
        ("PUT", ADDRESS, ONE, "405"),
        ("POST", "/api/v1/progresses/", MANY, "401"),
        ("GET", "/bigdata-api/v1/producer/views", OFFSETS, "405"),
        ("POST", f"{ADDRESS}/", ONE, "401"),
        ("GET", "/healthz", "/healthz", "200"),
        ("GET", "/readyz", "/readyz", "503"),
        ("GET", "/api/docs", "/api/docs", "200"),
        ("BREW", ADDRESS, ONE, "405"),
        ("GET", "/any/name/that/a/stranger/likes", "(none)", "404"),
        ("GET", "/api/v1/progresses/films/1/2", "(none)", "404"),
    ],
)
async def test_requests_are_counted_by_few_labels(
    api: Api, method: str, address: str, route: str, status: str
) -> None:
    await api.client.request(method, address)
    counted = "OTHER" if method == "BREW" else method
    labels = {"method": counted, "route": route, "status": status}
    assert api.measured("ugc_http_requests_total", **labels) == 1
    assert api.measured("ugc_http_request_duration_seconds_count", route=route) == 1
    assert api.measured("ugc_http_requests_in_progress") == 0


async def test_an_accepted_event_is_no_refusal(api: Api) -> None:
    await api.post()
    labels = {"method": "POST", "route": ONE, "status": "202"}
    assert api.measured("ugc_http_requests_total", **labels) == 1
    text = generate_latest(api.metrics.declarations.registry).decode()
    assert not re.search(r"^ugc_events_refused_total\{.*\} [^0]", text, re.MULTILINE)


async def test_refusals_are_counted_by_code(api: Api) -> None:
    for body in (report(x=1), report(progress=-1), report(progress=-1), b""):
        await api.post(body)
    for code, times in {"unknown_field": 1, "invalid_field": 2, "body_empty": 1}.items():
        assert api.measured("ugc_events_refused_total", code=code) == times
    assert api.measured("ugc_events_received_total") == 0
