"""Functions trust what is in this bundle and nothing else, so nothing else may be in it."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from infra.aws.tls_authority import NotTheAuthority, check


def authority(name: str) -> str:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def test_a_bundle_of_rds_authorities_is_taken() -> None:
    check(authority("Amazon RDS eu-west-1 Root CA RSA2048 G1") + authority("Amazon RDS us-east-1 Root CA ECC384 G1"))


def test_a_bundle_with_any_other_authority_is_refused() -> None:
    with pytest.raises(NotTheAuthority):
        check(authority("Amazon RDS eu-west-1 Root CA RSA2048 G1") + authority("Somebody Else"))
