"""Lines in embedded metric format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html"""

import json
from typing import Any

import pytest

from owlpost.observability import Meter


@pytest.fixture(autouse=True)
def _installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "owls")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def dimensions(line: dict[str, Any]) -> list[list[str]]:
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    return [sorted(names) for names in directive["Dimensions"]]


def test_all_numbers_of_a_type_are_one_line_counted_by_channel(capsys: pytest.CaptureFixture[str]) -> None:
    Meter().record("email", "issue.new", {"Sent": 2, "Retried": 1}, seconds_to_deliver=[1.5, 2.5])
    (line,) = lines(capsys)
    assert dimensions(line) == [["channel", "service"]]
    assert (line["channel"], line["service"], line["type"]) == ("email", "owls", "issue.new")
    assert (line["Sent"], line["Retried"], line["TimeToDeliver"]) == ([2], [1], [1.5, 2.5])


def test_by_type_the_same_line_is_counted_twice(capsys: pytest.CaptureFixture[str]) -> None:
    Meter(by_type=True).record("email", "issue.new", {"Sent": 2})
    (line,) = lines(capsys)
    assert sorted(dimensions(line)) == [["channel", "service"], ["channel", "service", "type"]]
    assert (line["channel"], line["type"], line["Sent"]) == ("email", "issue.new", [2])


@pytest.mark.parametrize("sent", [99, 100, 101])
def test_a_full_batch_loses_no_number(capsys: pytest.CaptureFixture[str], sent: int) -> None:
    Meter(by_type=True).record("email", "issue.new", {"Sent": sent, "Failed": 1}, seconds_to_deliver=[1.0] * sent)
    written = lines(capsys)
    assert len(written) == (1 if sent <= 100 else 2)
    assert sum(sum(line.get("Sent", [])) for line in written) == sent
    assert sum(len(line["TimeToDeliver"]) for line in written) == sent
    assert all(line["type"] == "issue.new" for line in written)


def test_nothing_to_count_is_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    Meter().record("email", "issue.new", {})
    assert lines(capsys) == []
