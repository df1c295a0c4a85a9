"""Clients of the emulator, for the tools of this folder."""

from typing import Any

import boto3
from botocore.config import Config

from local.cloud.emulator import CREDENTIALS, REGION

_CONFIG = Config(retries={"max_attempts": 2}, connect_timeout=5, read_timeout=120, max_pool_connections=64)


def client(service: str, endpoint: str) -> Any:
    """A boto3 client of `service` at the emulator; never of the real AWS, whatever the environment says."""
    session = boto3.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )
    return session.client(service, endpoint_url=endpoint, config=_CONFIG)  # type: ignore[call-overload]
