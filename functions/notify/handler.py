"""notify: tells people of decisions by WeCom, and closes their cards; the only function that calls it.

Trigger: the queue of alert events (the rule's facts about decisions, and pressed buttons that decided nothing) and a
schedule (look: what is due by now). Input: SQS records or {"task": "look"}. Output: batch failures or counts.
Errors: none planned; what WeCom does not take stays due.
"""

import json
from typing import Any

from orderhub.runtime import wiring
from orderhub.runtime.entry import run_batch, run_task
from orderhub.services.notify import look, tell

wiring.prepare(wiring.alerting)


def handler(event: dict[str, Any], context: object) -> Any:
    if "Records" in event:
        return run_batch("notify", take, event)
    return run_task("notify", TASKS, event)


def take(record: dict[str, Any]) -> str:
    """An event of the bus about a decision, or the id of one whose cards are to be looked at."""
    body = json.loads(record["body"])
    about = body["detail"]["data"] if "detail" in body else body
    return tell(str(about["decision_id"]), wiring.alerting())


TASKS = {"look": lambda event: look(wiring.alerting())}
