"""Deploys an assembly to the emulator as the CDK's command line would: assets to their bucket, then the template."""

import io
import json
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

from infra.local.account import CREDENTIALS, REGION
from infra.local.postgres.postmaster import wait_until
from infra.stack.assembly import STACK, playable

TEMPLATES = "templates"
UPDATED = 180.0  # seconds


class DeploymentFailed(Exception):
    """The stack did not come up; the message says which resources failed and why."""


class Deployment:
    """One stack at one emulator."""

    def __init__(self, url: str) -> None:
        self._url = url

    def client(self, service: str) -> Any:
        """A boto3 client of the emulator. Untyped, as the stack's tests speak to services of which only two have stubs here."""
        config = Config(read_timeout=120, retries={"total_max_attempts": 1})
        connect: Any = boto3.client
        return connect(service, endpoint_url=self._url, region_name=REGION, config=config, **CREDENTIALS)

    def deploy(self, folder: Path) -> dict[str, str]:
        """Upload, create, wait; return the stack's outputs. Raises DeploymentFailed."""
        self._upload(folder)
        cloudformation = self.client("cloudformation")
        cloudformation.create_stack(
            StackName=STACK, TemplateURL=self._put_template(folder), Capabilities=["CAPABILITY_NAMED_IAM"]
        )
        try:
            cloudformation.get_waiter("stack_create_complete").wait(
                StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 180}
            )
        except WaiterError as error:
            raise DeploymentFailed(self._failures(cloudformation)) from error
        return {output["OutputKey"]: output["OutputValue"] for output in self._stack()["Outputs"]}

    def update(self, folder: Path) -> None:
        """Upload, change the stack, wait. Raises DeploymentFailed once what was there before is back."""
        self._upload(folder)
        cloudformation = self.client("cloudformation")
        cloudformation.update_stack(
            StackName=STACK, TemplateURL=self._put_template(folder), Capabilities=["CAPABILITY_NAMED_IAM"]
        )
        wait_until(lambda: not self.status.endswith("IN_PROGRESS"), seconds=UPDATED)
        if self.status != "UPDATE_COMPLETE":
            raise DeploymentFailed(self._failures(cloudformation))

    @property
    def status(self) -> str:
        return str(self._stack()["StackStatus"])

    def _stack(self) -> Any:
        (stack,) = self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return stack

    def _put_template(self, folder: Path) -> str:
        """By address, as a request takes no more than 50 KB."""
        s3 = self.client("s3")
        with suppress(ClientError):  # it is there already
            s3.create_bucket(Bucket=TEMPLATES)
        s3.put_object(Bucket=TEMPLATES, Key=STACK, Body=playable(folder).encode())
        return f"{self._url}/{TEMPLATES}/{STACK}"

    def _upload(self, folder: Path) -> None:
        files = json.loads((folder / f"{STACK}.assets.json").read_text(encoding="utf-8"))["files"]
        s3 = self.client("s3")
        for asset in files.values():
            if asset["source"]["packaging"] != "zip":
                continue  # the template itself, which is handed over
            for destination in asset["destinations"].values():
                with suppress(ClientError):  # it is there already
                    s3.create_bucket(Bucket=destination["bucketName"])
                body = _zipped(folder / asset["source"]["path"])
                s3.put_object(Bucket=destination["bucketName"], Key=destination["objectKey"], Body=body)

    def _failures(self, cloudformation: Any) -> str:
        events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
        return "; ".join(
            f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason', '')}"
            for each in events
            if each["ResourceStatus"].endswith("FAILED")
        )


def _zipped(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder))
    return buffer.getvalue()
