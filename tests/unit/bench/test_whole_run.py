"""What the bench says of the last whole run of the tests."""

from pathlib import Path

from tests.bench.whole_run import measure

REPORT = """<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" tests="3" time="480.0">
<testcase classname="tests.browser.test_bell" name="test_it_rings" time="90.0" />
<testcase classname="tests.integration.db.test_claim" name="test_one[a]" time="30.0" />
<testcase classname="tests.integration.db.test_claim" name="test_one[b]" time="15.0" />
</testsuite></testsuites>"""


def test_a_run_is_told_by_its_minutes_its_rooms_and_its_slowest_tests(tmp_path: Path) -> None:
    report = tmp_path / "whole_run.xml"
    report.write_text(REPORT)
    findings = measure(report)
    assert [(times.name, times.p50) for times in findings.times] == [
        ("browser, 1 tests", 1.5),
        ("integration/db, 2 tests", 0.75),
    ]
    assert findings.ratios[0].value == 2.0
    assert findings.ratios[0].is_met is False
    assert "test_it_rings" in findings.notes[1]


def test_without_a_run_nothing_is_claimed(tmp_path: Path) -> None:
    findings = measure(tmp_path / "none.xml")
    assert findings.ratios == []
    assert "no report" in findings.notes[0]
