"""Fake providers in this process, over a data folder of their own for each test."""

import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.local.providers.credentials import Credentials
from infra.local.providers.server import Providers
from tests.support.catalogue_check import honest_providers
from tests.support.provider_clients import Android, Mailer, Pusher


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("accounts")
    Credentials(folder)
    return folder


@pytest.fixture
def folder(accounts: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(accounts, tmp_path / "providers"))


@pytest.fixture
def providers(folder: Path) -> Iterator[Providers]:
    with honest_providers(folder) as running:
        yield running


@pytest.fixture
def http(folder: Path) -> Iterator[httpx.Client]:
    context = ssl.create_default_context(cafile=folder / "certificate.pem")
    with httpx.Client(http2=True, verify=context, timeout=30) as client:
        yield client


@pytest.fixture
def mail(providers: Providers, http: httpx.Client) -> Mailer:
    return Mailer(providers, http)


@pytest.fixture
def push(providers: Providers, http: httpx.Client) -> Pusher:
    return Pusher(providers, http)


@pytest.fixture
def android(providers: Providers, http: httpx.Client) -> Android:
    return Android(providers, http)
