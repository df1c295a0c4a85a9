"""The three body shapes in which clients send the same call (sheet §1)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from local.partners.kingdee.envelopes import FORM_EMPTY, PARAMETER, Refused

FORMLESS = ("executebillquery",)


def read_call(operation: str, raw: bytes) -> tuple[str, dict[str, Any]]:
    """(form id, data) of a call to DynamicFormService. Raises Refused. Numbers with a point are Decimal."""
    parameters = read_parameters(raw, operation in FORMLESS)
    form_id = ""
    if operation not in FORMLESS:
        if not parameters or not isinstance(parameters[0], str) or not parameters[0]:
            raise Refused("业务对象标识不能为空", FORM_EMPTY)
        form_id = parameters.pop(0)
    data = _parsed(parameters[0]) if parameters else None
    if not isinstance(data, dict):
        raise Refused("参数错误: data 不是对象", PARAMETER)
    return form_id or str(data.get("FormId", "")), data


def read_parameters(raw: bytes, formless: bool = True) -> list[Any]:
    """The arguments of a call in order, whichever of the three shapes carries them. Raises Refused."""
    body = _parsed(raw.decode("utf-8", "replace"))
    if not isinstance(body, dict):
        raise Refused("参数错误: 请求体不是对象", PARAMETER)
    if "parameters" in body:
        parameters = _parsed(body["parameters"])
        if not isinstance(parameters, list):
            raise Refused("参数错误: parameters 不是数组", PARAMETER)
        return parameters
    named = {key.lower(): value for key, value in body.items()}
    return [named.get("data")] if formless else [named.get("formid"), named.get("data")]


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise Refused("参数错误: 不是合法的JSON", PARAMETER) from error
