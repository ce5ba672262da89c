"""Passwords that RDS takes from those whom IAM lets in: signed here without a call, and good for 15 minutes."""

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest

from owlpost import aws
from owlpost.domain.errors import Misconfigured

VALID_SECONDS = 900


def auth_token(host: str, port: int, user: str) -> str:
    """Sign for one connect. Does what the RDS client's `generate_db_auth_token` does, without loading that client's model.

    Raises Misconfigured where there are no credentials or no region to sign with.
    """
    session = aws.session()
    credentials, region = session.get_credentials(), session.get_config_variable("region")
    if credentials is None or region is None:
        raise Misconfigured("DATABASE_AUTH: iam needs AWS credentials and a region")
    request = AWSRequest("GET", f"https://{host}:{port}/", params={"Action": "connect", "DBUser": user})
    SigV4QueryAuth(credentials, "rds-db", region, expires=VALID_SECONDS).add_auth(request)
    return str(request.url).removeprefix("https://")
