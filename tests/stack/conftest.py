"""Before a test imports `aws_cdk`: it starts Node as it is imported."""

from infra.aws.node import use_wheels_node

use_wheels_node()
