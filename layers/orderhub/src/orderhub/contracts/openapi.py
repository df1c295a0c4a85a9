"""The OpenAPI document of the hub, generated from the contracts: nothing in it is written twice."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from orderhub.contracts import (
    api_address_changes,
    api_decisions,
    api_findings,
    api_labels,
    api_measures,
    api_order_page,
    api_orders,
    api_packing,
    api_reading,
    api_staff,
    rules_api,
)
from orderhub.contracts.api import status_of
from orderhub.contracts.api_decisions import Told
from orderhub.contracts.route import Answered, Route

_REF = "#/components/schemas/{model}"
_NAMED = re.compile(r"\{(\w+)\+?\}")


class Problem(Answered):
    """Every refusal."""

    error: Told


DOCUMENT = Route("GET", "/api/openapi.json", "read_openapi", "This document")

CONSOLE: tuple[Route, ...] = (
    *api_decisions.ROUTES,
    *api_reading.ROUTES,
    *api_findings.ROUTES,
    *api_orders.ROUTES,
    *api_order_page.ROUTES,
    *api_address_changes.ROUTES,
    *api_packing.ROUTES,
    *api_staff.ROUTES,
    *api_measures.ROUTES,
    DOCUMENT,
)
"""What the function ``console`` serves."""

DOORS: tuple[Route, ...] = (
    Route("POST", "/webhooks/youzan", "receive_youzan", "A push of Youzan, signed in its header"),
    Route("POST", "/webhooks/sf/{token}", "receive_sf", "A route push of SF; the secret path proves the sender"),
    Route(
        "POST",
        "/webhooks/sf/{token}/order-state",
        "receive_sf_order_state",
        "The state of an order at SF before pickup",
    ),
    Route(
        "POST",
        "/webhooks/ems/{token}",
        "receive_ems",
        "A step of a parcel, sealed under a shared key, on a secret path",
    ),
    Route("GET", "/webhooks/wecom", "prove_wecom", "WeCom proves that the hub answers for its callback address"),
    Route("POST", "/webhooks/kuaidiniao", "receive_kuaidiniao", "Parcels on their way, a signed form"),
    Route("POST", "/webhooks/wecom", "receive_wecom", "A pressed button or an entered message, encrypted and signed"),
)
"""Where partners knock. They are answered in their own words."""

ROUTES: tuple[Route, ...] = (*CONSOLE, *api_labels.ROUTES, *rules_api.ROUTES, *DOORS)


def document(routes: Iterable[Route] = ROUTES) -> dict[str, Any]:
    """The document (OpenAPI 3.1) of these routes."""
    known = list(routes)
    models = {model for route in known for model in (route.takes, route.answers) if model} | {Problem}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, "validation") for model in ordered], ref_template=_REF)
    paths: dict[str, Any] = {}
    for route in known:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "订单中枢 order hub", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "operationId": route.operation,
        "summary": route.summary,
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "responses": {"200": {"description": "done", **_answer(route)}, **_refusals(route)},
    }
    if route.path.startswith("/api/"):
        shown["security"] = [{"token": []}]
    if route.takes:
        shown["requestBody"] = {"required": True, **_content(route.takes)}
    return shown


def _answer(route: Route) -> dict[str, Any]:
    if route.media_type == "application/json":
        return _content(route.answers)
    return {"content": {route.media_type: {}}}


def _content(model: type[BaseModel] | None) -> dict[str, Any]:
    schema = {"$ref": _REF.format(model=model.__name__)} if model else {}
    return {"content": {"application/json": {"schema": schema}}}


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _NAMED.findall(route.path)
    ]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    if route.asks is None:
        return []
    asked: Mapping[str, Any] = route.asks.model_json_schema()
    needed = asked.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": schema}
        for name, schema in asked["properties"].items()
    ]


def _refusals(route: Route) -> dict[str, Any]:
    codes: dict[int, list[str]] = {401: ["unauthorized"]} if route.path.startswith("/api/") else {}
    codes[503] = ["unavailable"]
    for code in route.refuses:
        codes.setdefault(status_of(code), []).append(code)
    return {str(status): {"description": ", ".join(names), **_content(Problem)} for status, names in codes.items()}
