"""AWS clients and secrets, made when first used: a function pays only for what it touches."""

import os
import time
from functools import cache
from typing import Any

from orderhub.adapters.aws.secret_cache import CachedSecret
from orderhub.runtime.settings import required

CONNECT_SECONDS = 2
READ_SECONDS = 6
ATTEMPTS = 3


def now_ms() -> int:
    """The clock of the hub: epoch milliseconds UTC."""
    return time.time_ns() // 1_000_000


@cache
def aws(service: str) -> Any:
    """A client with explicit timeouts and few retries: within Lambda the lean one, elsewhere boto3's."""
    from orderhub.adapters.aws.service_client import PROTOCOLS, ServiceClient

    if service in PROTOCOLS and "AWS_LAMBDA_RUNTIME_API" in os.environ and "AWS_ACCESS_KEY_ID" in os.environ:
        from orderhub.adapters.aws.signed_http import Caller

        return ServiceClient(service, Caller(os.environ))
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=10,
        tcp_keepalive=True,
    )
    make: Any = boto3.client  # its type lists every service
    return make(service, config=config)


@cache
def secret(variable: str) -> CachedSecret:
    """The secret whose id stands in this environment variable; read on first use, refreshed by age."""
    secret_id = required(variable)[variable]
    return CachedSecret(lambda: str(aws("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"]))
