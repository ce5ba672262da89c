"""`python -m infra.aws`, as cdk.json runs it: choose the Node for jsii, then synthesize both stacks."""

from importlib import import_module

from infra.aws.node import use_wheels_node

if __name__ == "__main__":
    use_wheels_node()
    import_module("infra.aws.app").main()  # `aws_cdk` starts Node as it is imported
