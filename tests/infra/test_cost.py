"""What the bill counts by rule is what the template holds: a new alarm must not pass unpaid."""

from infra.cost.installation import Installation
from infra.cost.watching import watched_metrics
from tests.infra.conftest import Template


def test_every_metric_that_an_alarm_watches_is_on_the_bill(app: Template, data: Template) -> None:
    alarms = [each for stack in (app, data) for each in stack.of_type("AWS::CloudWatch::Alarm").values()]
    # Without maths an alarm watches one; where the period is an alarm's own the CDK writes a list, too.
    watched = sum(sum("MetricStat" in each for each in alarm.get("Metrics", ())) or 1 for alarm in alarms)
    assert watched == watched_metrics(Installation())


def test_dashboards_and_secrets_are_as_many_as_the_bill_says(app: Template, data: Template) -> None:
    assert len(app.of_type("AWS::CloudWatch::Dashboard")) == 1
    secrets = [*app.of_type("AWS::SecretsManager::Secret"), *data.of_type("AWS::SecretsManager::Secret")]
    assert len(secrets) == len(Installation().topology.secrets)
