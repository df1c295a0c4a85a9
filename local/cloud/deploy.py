"""Deploy template.yaml to the emulator the way it is deployed to AWS: artifacts to S3, a change set, execute.

What CloudFormation on the emulator drops is put right afterwards by the services' own APIs (tables' TTL).
Unchanged code keeps its S3 key, so a second deploy touches only what changed.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.cloud import artifacts
from local.cloud.aws import client
from local.cloud.template import Template, definition_json, deployable, read_template, resources

STACK = "orderhub"
BUCKET = "orderhub-artifacts"
TEMPLATE_KEY = "template.json"
DEPLOY_SECONDS = 120.0


class DeployError(RuntimeError):
    """The emulator refused the template; the message says which resource and why."""


def deploy(template_file: Path, endpoint: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """Deploy and return the stack's physical ids by logical id, and its outputs as `Output.<name>`.

    Parameters that the template does not declare are left out. Raises DeployError.
    """
    template = read_template(template_file)
    store = client("s3", endpoint)
    _make_bucket(store)
    code = _upload(store, template, template_file.parent)
    known = template.get("Parameters", {})
    wanted = {name: value for name, value in parameters.items() if name in known}
    cloud = client("cloudformation", endpoint)
    # Through S3, as any template above 51,200 bytes.
    store.put_object(Bucket=BUCKET, Key=TEMPLATE_KEY, Body=json.dumps(deployable(template, code)).encode())
    _apply(cloud, f"{endpoint}/{BUCKET}/{TEMPLATE_KEY}", wanted)
    physical = _physical_ids(cloud)
    _enable_ttl(client("dynamodb", endpoint), template, physical)
    return physical


def _make_bucket(store: Any) -> None:
    try:
        store.create_bucket(Bucket=BUCKET)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
            raise


def _upload(store: Any, template: Template, root: Path) -> dict[str, dict[str, str]]:
    """Build and upload everything the template takes from this tree; {Bucket, Key} by logical id."""
    layers = {}
    bodies: dict[str, bytes] = {}
    for name, properties in resources(template, "AWS::Serverless::LayerVersion").items():
        source = root / properties["ContentUri"]
        layers[name] = artifacts.build_layer(source)
        bodies[name] = artifacts.zip_layer(source)
    shared = template.get("Globals", {}).get("Function", {})
    for name, properties in resources(template, "AWS::Serverless::Function").items():
        folder = root / (properties.get("CodeUri") or shared["CodeUri"])
        used = [*shared.get("Layers", []), *properties.get("Layers", [])]
        on_path = [layers[layer["Ref"]] for layer in used if layer.get("Ref") in layers]
        bodies[name] = artifacts.zip_function(folder, on_path)
    for name, properties in resources(template, "AWS::Serverless::StateMachine").items():
        if isinstance(properties.get("DefinitionUri"), str):
            definition = definition_json((root / properties["DefinitionUri"]).read_text(encoding="utf-8"))
            bodies[name] = definition.encode()
    code = {}
    for name, body in bodies.items():
        key = f"{name}-{hashlib.sha256(body).hexdigest()[:32]}"
        store.put_object(Bucket=BUCKET, Key=key, Body=body)
        code[name] = {"Bucket": BUCKET, "Key": key}
    return code


def _apply(cloud: Any, template_url: str, parameters: Mapping[str, str]) -> None:
    exists = _status(cloud) not in ("", "REVIEW_IN_PROGRESS")
    change = f"change-{time.time_ns()}"
    cloud.create_change_set(
        StackName=STACK,
        ChangeSetName=change,
        ChangeSetType="UPDATE" if exists else "CREATE",
        TemplateURL=template_url,
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    described = _until(
        lambda: cloud.describe_change_set(StackName=STACK, ChangeSetName=change),
        ("CREATE_COMPLETE", "FAILED"),
    )
    if described["Status"] == "FAILED":
        if not described.get("Changes"):
            return
        raise DeployError(f"change set: {described.get('StatusReason')}")
    cloud.execute_change_set(StackName=STACK, ChangeSetName=change)
    deadline = time.monotonic() + DEPLOY_SECONDS
    while (status := _status(cloud)).endswith("_IN_PROGRESS"):
        if time.monotonic() > deadline:
            raise DeployError(f"still {status} after {DEPLOY_SECONDS:.0f} s")
        time.sleep(0.1)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise DeployError(f"stack {status}: {'; '.join(_failures(cloud))}")


def _until(describe: Any, final: tuple[str, ...]) -> dict[str, Any]:
    deadline = time.monotonic() + DEPLOY_SECONDS
    while True:
        described: dict[str, Any] = describe()
        if described["Status"] in final:
            return described
        if time.monotonic() > deadline:
            raise DeployError(f"change set is still {described['Status']}")
        time.sleep(0.05)


def _status(cloud: Any) -> str:
    try:
        return str(cloud.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"])
    except ClientError:
        return ""


def _failures(cloud: Any) -> list[str]:
    events = cloud.describe_stack_events(StackName=STACK)["StackEvents"]
    return [
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
        for event in events
        if event["ResourceStatus"].endswith("FAILED")
    ]


def _physical_ids(cloud: Any) -> dict[str, str]:
    pages = cloud.get_paginator("list_stack_resources").paginate(StackName=STACK)
    found = {
        row["LogicalResourceId"]: row["PhysicalResourceId"] for page in pages for row in page["StackResourceSummaries"]
    }
    for output in cloud.describe_stacks(StackName=STACK)["Stacks"][0].get("Outputs", []):
        found[f"Output.{output['OutputKey']}"] = output["OutputValue"]
    return found


def _enable_ttl(tables: Any, template: Template, physical: Mapping[str, str]) -> None:
    for name, properties in resources(template, "AWS::DynamoDB::Table").items():
        wanted = properties.get("TimeToLiveSpecification")
        if wanted and name in physical:
            table = physical[name]
            state = tables.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"]
            if state == "DISABLED":
                tables.update_time_to_live(TableName=table, TimeToLiveSpecification=wanted)
