"""The VPC: two zones, IPv4 and IPv6. AWS's own APIs are reached by IPv6, so only providers need a way out by IPv4."""

from aws_cdk import Annotations, Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from infra.aws.configuration import Configuration
from infra.aws.nag import acknowledge
from infra.aws.nat_instance import nat_instance, settle

ZONES = 2
INSIDE = "functions"
DATABASE = "database"
NO_MAIL = (
    "egress is ipv6-only, and Resend and mail servers are reached by IPv4: no mail can be sent, no codes either."
    " Amazon SES has IPv6: MAIL_SENDER=ses."
)


class Network(Construct):
    """Subnets and routes have the same logical ids for each `egress`, so that it can be changed later.

    `nat` is the id of the NAT gateway or instance that IPv4 goes through; None where there is none.
    """

    def __init__(self, scope: Construct, id: str, *, configuration: Configuration) -> None:  # noqa: A002 (the CDK's name)
        super().__init__(scope, id)
        egress = configuration.egress
        instance = nat_instance(configuration.nat_image) if egress == "nat-instance" else None
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_protocol=ec2.IpProtocol.DUAL_STACK,
            max_azs=ZONES,
            nat_gateways=0 if egress == "ipv6-only" else 1,
            nat_gateway_provider=instance,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="public", subnet_type=ec2.SubnetType.PUBLIC, map_public_ip_on_launch=False
                ),
                # Of one kind for each egress: another kind would route IPv6 under another logical id, and CloudFormation
                # makes the new route before it deletes the old one, which the route table refuses.
                ec2.SubnetConfiguration(name=INSIDE, subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
                ec2.SubnetConfiguration(name=DATABASE, subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            ],
        )
        self.nat = settle(instance, self.vpc) if instance else self._gateway()
        if configuration.cannot_mail:
            Annotations.of(self).add_warning_v2("owlpost:no-mail", NO_MAIL)
        acknowledge(
            self.vpc,
            "Flow logs cost more than all of a small installation; who talks to whom is held by the security groups.",
            "AwsSolutions-VPC7",
        )

    def _gateway(self) -> str | None:
        found = [each for each in self.vpc.node.find_all() if isinstance(each, ec2.CfnNatGateway)]
        return found[0].ref if found else None


def function_subnets(*, own: bool) -> ec2.SubnetSelection:
    """Ours have a name; those of an existing VPC are taken by their kind."""
    return (
        ec2.SubnetSelection(subnet_group_name=INSIDE)
        if own
        else ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
    )


def database_subnets(*, own: bool) -> ec2.SubnetSelection:
    """Ours lead nowhere; an existing VPC need not have such ones, so its database lies beside the functions."""
    return ec2.SubnetSelection(subnet_group_name=DATABASE) if own else function_subnets(own=False)


def existing_vpc(scope: Stack, vpc_id: str) -> ec2.IVpc:
    return ec2.Vpc.from_lookup(scope, "ExistingVpc", vpc_id=vpc_id)
