"""A call of DynamoDB in memory without the HTTP that nobody sends.

botocore builds and signs a request for it; moto finds its service by trying a hundred patterns of addresses and reads
it back. Here botocore still validates and serializes what is asked and parses what is answered, and moto's handler
still answers; only the request between the two is left out.
Binary values, other services and calls outside of moto's mock go the usual way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.endpoint import convert_to_response_dict
from botocore.parsers import ResponseParserFactory
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core import botocore_stubber as stubber
from moto.core.models import botocore_stubber
from moto.dynamodb.responses import DynamoHandler

_REQUEST: Callable[..., Any] = BaseClient._make_request
_ENDPOINT: Callable[..., Any] = BaseClient._resolve_endpoint_ruleset
_BINARY = (b'"B":', b'"BS":', b'"B" :', b'"BS" :')


@contextmanager
def quick_calls() -> Iterator[None]:
    """While this is open, calls of DynamoDB go to moto's handler directly. May be opened within itself."""
    if BaseClient._make_request is _make_request:
        yield
        return
    BaseClient._make_request = _make_request
    BaseClient._resolve_endpoint_ruleset = _resolve_endpoint
    try:
        yield
    finally:
        BaseClient._make_request = _REQUEST
        BaseClient._resolve_endpoint_ruleset = _ENDPOINT


def _is_quick(client: Any) -> bool:
    return bool(botocore_stubber.enabled) and client.meta.service_model.service_name == "dynamodb"


def _resolve_endpoint(self: Any, model: Any, parameters: Any, context: Any, ignore_signing_region: bool = False) -> Any:
    if _is_quick(self):
        return self.meta.endpoint_url, {}, {}
    return _ENDPOINT(self, model, parameters, context, ignore_signing_region)


def _make_request(self: Any, model: Any, request: dict[str, Any], context: Any) -> Any:
    body: bytes = request["body"]
    if not _is_quick(self) or any(mark in body for mark in _BINARY):
        return _REQUEST(self, model, request, context)
    status, headers, answer = _handler(json.loads(body), request["headers"], self.meta.region_name).call_action()
    response = AWSResponse("", status, headers, stubber.MockRawResponse(answer))  # type: ignore[arg-type]
    read, parser = convert_to_response_dict(response, model), _parser()
    parsed = parser.parse(read, model.output_shape)
    if status >= 300:
        self._endpoint._add_modeled_error_fields(read, parsed, model, parser)
    return response, parsed


def _handler(asked: Any, headers: Mapping[str, str], region: str) -> DynamoHandler:
    """As ``BaseResponse.setup_class`` leaves one that has read such a request."""
    handler = DynamoHandler()
    handler.params = asked
    handler.headers = headers
    handler.querystring = {}
    handler.region, handler.partition = region, "aws"
    handler.access_key, handler.current_account = "AKIAEXAMPLE", DEFAULT_ACCOUNT_ID
    handler.response_headers = {"server": "amazon.com"}
    return handler


@cache
def _parser() -> Any:
    return ResponseParserFactory().create_parser("json")
