"""The deployed definition of a state machine (Step Functions API, DescribeStateMachine)."""

import json
from collections.abc import Mapping
from typing import Any


def deployed_definition(client: Any, arn: str) -> Mapping[str, Any]:
    """The definition as it runs now, substitutions made. Raises ClientError."""
    found: dict[str, Any] = json.loads(client.describe_state_machine(stateMachineArn=arn)["definition"])
    return found
