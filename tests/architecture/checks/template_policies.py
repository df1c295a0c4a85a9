"""Least privilege (R75): a function's own statements, exact actions, its own partner's secret."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.architecture.checks.cfn import STATE_MACHINE, Template, as_list

WITHOUT_RESOURCE_LEVEL = frozenset(
    {
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "cloudwatch:PutMetricData",
        "ec2:CreateNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DeleteNetworkInterface",
        "states:SendTaskSuccess",
        "states:SendTaskFailure",
        "states:SendTaskHeartbeat",
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
    }
)
"""Actions that AWS cannot limit to a resource."""

SECRETS_OF: Mapping[str, frozenset[str]] = {
    "receive_webhook": frozenset({"youzan", "sf", "ems", "wecom", "kuaidiniao"}),
    "ingest": frozenset({"youzankeys", "hub", "wecom", "ems"}),  # ems, wecom: their pushes are sealed
    "shop": frozenset({"youzan", "youzankeys"}),  # it keeps the keys fresh
    "warehouse": frozenset({"wangdiantong"}),
    # hub: digests of a changed receiver, where it may be opened
    "carrier": frozenset({"sf", "ems", "kuaidiniao", "hub"}),
    "notify": frozenset({"wecom"}),
    "ledger": frozenset({"kingdee"}),
    "console": frozenset({"hub", "wecom"}),  # wecom proves who signs in
    "rules": frozenset({"hub"}),
    "labels": frozenset({"hub"}),
}
"""Function → the secrets it may read. A function not named here reads none."""

SECRET = re.compile(r"\b(YouzanKeys|Youzan|Wangdiantong|Sf|Ems|Kingdee|Kuaidiniao|Wecom|Hub)Secret", re.IGNORECASE)


def role_problems(template: Template) -> Iterator[str]:
    for name, function in template.functions().items():
        if "Role" in function:
            yield f"{name} borrows a role: a function has policies of its own"
        if not list(template.statements(function)):
            yield f"{name} has no statements of its own"
        for policy in as_list(function.get("Policies", [])):
            if isinstance(policy, str):
                yield f"{name} takes a managed policy: {policy}"
            elif isinstance(policy, Mapping) and "Statement" not in policy:
                yield f"{name} takes a policy template ({', '.join(policy)}); write the statement"


def star_problems(template: Template) -> Iterator[str]:
    """No `*` where AWS can say which resource, no wildcard action anywhere."""
    owners = {**template.functions(), **template.properties(STATE_MACHINE)}
    for name, owner in owners.items():
        for statement in template.statements(owner):
            if statement.get("Effect") != "Allow":
                continue
            actions = [str(action) for action in as_list(statement.get("Action", []))]
            yield from (f"{name} may do {action}" for action in actions if "*" in action)
            if "*" in as_list(statement.get("Resource", [])):
                wide = sorted(set(actions) - WITHOUT_RESOURCE_LEVEL)
                yield from (f"{name} may {action} on any resource" for action in wide)


def secret_problems(template: Template) -> Iterator[str]:
    """A function reads its own partner's secret, by its policy and by what its environment names."""
    for name, function in template.functions().items():
        allowed = SECRETS_OF.get(template.folder_of(function), frozenset())
        variables = function.get("Environment", {}).get("Variables", {})
        readable = [s for s in template.statements(function) if "secretsmanager:" in str(s.get("Action"))]
        granted = _secrets_in([s.get("Resource") for s in readable])
        named = {key.removesuffix("_SECRET_ID").replace("_", "").lower() for key in variables if "SECRET_ID" in key}
        for secret in sorted((granted | named) - allowed):
            yield f"{name} has no business with the secret of {secret}"
        for secret in sorted(named - granted):
            yield f"{name} names the secret of {secret} and may not read it"


def _secrets_in(value: Any) -> set[str]:
    return {found.lower() for found in SECRET.findall(str(value))}
