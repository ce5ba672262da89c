"""Says at a construct why a rule of cdk-nag does not hold there."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, reason: str, *rules: str) -> None:
    """`rules` as cdk-nag names them, with the pack: `AwsSolutions-IAM5`, or `AwsSolutions-IAM5[Resource::*]` for one."""
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=f"{_pack(rule)}::{rule}", reason=reason) for rule in rules)
    )


def acknowledge_warning(construct: IConstruct, reason: str, warning: str) -> None:
    """The same for a warning of the CDK's own, by its id."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"Annotation::{warning}", reason=reason))


def _pack(rule: str) -> str:
    return rule.partition("-")[0]
