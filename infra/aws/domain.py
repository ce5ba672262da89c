"""The HTTP API's own domain name: its certificate, and where its zone is at Route 53 the record that leads to it."""

from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct

from infra.aws.configuration import Configuration


class Domain(Construct):
    """`target` is what a DNS record elsewhere has to name."""

    def __init__(self, scope: Construct, id: str, *, domain: str, configuration: Configuration) -> None:  # noqa: A002 (the CDK's name)
        super().__init__(scope, id)
        zone = self._zone(configuration)
        self.name = apigateway.DomainName(
            self,
            "Name",
            domain_name=domain,
            certificate=self._certificate(domain, configuration.certificate, zone),
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
        )
        self.target = self.name.regional_domain_name
        if zone:
            alias = targets.ApiGatewayv2DomainProperties(self.target, self.name.regional_hosted_zone_id)
            route53.ARecord(
                self, "Alias", zone=zone, record_name=f"{domain}.", target=route53.RecordTarget.from_alias(alias)
            )

    def _zone(self, configuration: Configuration) -> route53.IHostedZone | None:
        """By its id and name, so that nothing is looked up while the stack is synthesized."""
        wanted = configuration.hosted_zone
        if wanted is None:
            return None
        return route53.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=wanted.id, zone_name=wanted.name
        )

    def _certificate(self, domain: str, arn: str | None, zone: route53.IHostedZone | None) -> acm.ICertificate:
        """The one that is there, or one that the zone proves to be ours."""
        if arn:
            return acm.Certificate.from_certificate_arn(self, "Certificate", arn)
        return acm.Certificate(
            self, "Certificate", domain_name=domain, validation=acm.CertificateValidation.from_dns(zone)
        )
