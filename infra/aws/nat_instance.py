"""The NAT instance: cheaper than a gateway. One that does not forward fails the deployment instead of losing mail."""

from pathlib import Path
from typing import Any

import jsii
from aws_cdk import CfnCreationPolicy, CfnResourceSignal
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from infra.aws.nag import acknowledge

SCRIPT = Path(__file__).with_name("nat_instance.sh")
#: One GiB: with half of it the kernel ended the installation of a package (jamesmoriarty/cfn-cheapest-nat#14).
INSTANCE_TYPE = "t4g.micro"
#: How long CloudFormation waits for a boot that reports that it forwards.
BOOTED_WITHIN = "PT10M"


@jsii.implements(ec2.IMachineImage)
class PinnedImage:
    """One AMI of this region, whatever is newest."""

    def __init__(self, image_id: str) -> None:
        self._image_id = image_id

    def get_image(self, _scope: Construct) -> Any:
        return ec2.MachineImageConfig(
            image_id=self._image_id, os_type=ec2.OperatingSystemType.LINUX, user_data=ec2.UserData.for_linux()
        )


def nat_instance(image_id: str | None) -> ec2.NatInstanceProviderV2:
    """Return the CDK's provider with our boot script, on that AMI, or on Amazon Linux's newest at each deployment."""
    newest = ec2.MachineImage.latest_amazon_linux2023(cpu_type=ec2.AmazonLinuxCpuType.ARM_64)
    script = ec2.UserData.for_linux()
    script.add_commands(*SCRIPT.read_text(encoding="utf-8").splitlines()[1:])
    return ec2.NatProvider.instance_v2(
        instance_type=ec2.InstanceType(INSTANCE_TYPE),
        machine_image=PinnedImage(image_id) if image_id else newest,
        user_data=script,
        default_allowed_traffic=ec2.NatTrafficDirection.OUTBOUND_ONLY,
        associate_public_ip_address=True,
    )


def settle(provider: ec2.NatInstanceProviderV2, vpc: ec2.Vpc) -> str:
    """Let the VPC in, wait for the boot's signal, and return the instance's id; the VPC has been made with the provider."""
    provider.security_group.add_ingress_rule(ec2.Peer.ipv4(vpc.vpc_cidr_block), ec2.Port.tcp(443), "to providers")
    acknowledge(
        provider.security_group,
        "The rule cannot read the VPC's address range, which is known at deployment: nobody outside it is let in.",
        "AwsSolutions-EC23",
    )
    (instance,) = provider.gateway_instances
    instance.user_data.add_signal_on_exit_command(instance)
    raw: ec2.CfnInstance = instance.node.default_child  # type: ignore[assignment]  # what an Instance is made of
    raw.cfn_options.creation_policy = CfnCreationPolicy(
        resource_signal=CfnResourceSignal(count=1, timeout=BOOTED_WITHIN)
    )
    acknowledge(
        instance,
        "One small NAT instance that can be replaced at any time: nothing lives on it, and mail waits in its queue.",
        "AwsSolutions-EC28",
        "AwsSolutions-EC29",
        "AwsSolutions-EC26",
    )
    return instance.instance_id
