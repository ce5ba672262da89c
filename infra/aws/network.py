"""The VPC: two zones, IPv4 and IPv6. AWS's own APIs are reached by IPv6, so only providers need a way out by IPv4."""

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from infra.aws.nag import acknowledge

ZONES = 2
INSIDE = "functions"
DATABASE = "database"


class Network(Construct):
    """`egress`: `nat-instance`, `nat-gateway` or `ipv6-only`."""

    def __init__(self, scope: Construct, id: str, *, egress: str) -> None:  # noqa: A002 (the CDK's name)
        super().__init__(scope, id)
        nat = _nat_instance() if egress == "nat-instance" else None
        ipv6_only = egress == "ipv6-only"
        inside = ec2.SubnetType.PRIVATE_ISOLATED if ipv6_only else ec2.SubnetType.PRIVATE_WITH_EGRESS
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_protocol=ec2.IpProtocol.DUAL_STACK,
            max_azs=ZONES,
            nat_gateways=0 if ipv6_only else 1,
            nat_gateway_provider=nat,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="public", subnet_type=ec2.SubnetType.PUBLIC, map_public_ip_on_launch=False
                ),
                ec2.SubnetConfiguration(name=INSIDE, subnet_type=inside),
                ec2.SubnetConfiguration(name=DATABASE, subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            ],
        )
        if nat is not None:
            self._let_in(nat)
        if ipv6_only:
            self._route_out_by_ipv6()
        acknowledge(
            self.vpc,
            "Flow logs cost more than all of a small installation; who talks to whom is held by the security groups.",
            "AwsSolutions-VPC7",
        )

    def _let_in(self, nat: ec2.NatInstanceProviderV2) -> None:
        """From inside the VPC alone."""
        nat.security_group.add_ingress_rule(ec2.Peer.ipv4(self.vpc.vpc_cidr_block), ec2.Port.tcp(443), "to providers")
        acknowledge(
            nat.security_group,
            "The rule cannot read the VPC's address range, which is known at deployment: nobody outside it is let in.",
            "AwsSolutions-EC23",
        )
        for instance in nat.gateway_instances:
            acknowledge(
                instance,
                "One small NAT instance that can be replaced at any time: nothing lives on it, and mail waits in its queue.",
                "AwsSolutions-EC28",
                "AwsSolutions-EC29",
                "AwsSolutions-EC26",
            )

    def _route_out_by_ipv6(self) -> None:
        gateway = ec2.CfnEgressOnlyInternetGateway(self, "Ipv6Gateway", vpc_id=self.vpc.vpc_id)
        for number, subnet in enumerate(self.vpc.select_subnets(subnet_group_name=INSIDE).subnets):
            ec2.CfnRoute(
                self,
                f"Ipv6Route{number}",
                route_table_id=subnet.route_table.route_table_id,
                destination_ipv6_cidr_block="::/0",
                egress_only_internet_gateway_id=gateway.attr_id,
            )


def _nat_instance() -> ec2.NatInstanceProviderV2:
    """The newest image of Amazon Linux for the Graviton that costs least."""
    return ec2.NatProvider.instance_v2(
        instance_type=ec2.InstanceType("t4g.nano"),
        machine_image=ec2.MachineImage.latest_amazon_linux2023(cpu_type=ec2.AmazonLinuxCpuType.ARM_64),
        default_allowed_traffic=ec2.NatTrafficDirection.OUTBOUND_ONLY,
        associate_public_ip_address=True,
    )


def function_subnets(*, own: bool) -> ec2.SubnetSelection:
    """Ours have a name; those of an existing VPC are taken by their kind."""
    return (
        ec2.SubnetSelection(subnet_group_name=INSIDE)
        if own
        else ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
    )


def existing_vpc(scope: Stack, vpc_id: str) -> ec2.IVpc:
    return ec2.Vpc.from_lookup(scope, "ExistingVpc", vpc_id=vpc_id)
