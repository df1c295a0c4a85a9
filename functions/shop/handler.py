"""shop: everything the hub asks of and tells Youzan after a webhook; the only function that calls it.

Trigger: queues (FulfillmentShipped, RefundRequested, a retry of what the shop refused; orders to be read again) and
schedules (pull_orders, refresh_keys), the state machine change_address (tell_shop).
Input: SQS records or {"task", …}. Output: batch failures or counts. Errors: PartnerUnavailable.
"""

import json
from typing import Any

from orderhub.runtime import wiring
from orderhub.runtime.entry import event_detail, run_batch, run_task
from orderhub.services.address_change_run import ChangeCommand
from orderhub.services.pay_back import tell_shop
from orderhub.services.pull_orders import pull_orders, read_again
from orderhub.services.tell_shop_address import tell_shop_address

wiring.prepare(wiring.shopfront)


def handler(event: dict[str, Any], context: object) -> Any:
    if "Records" in event:
        return run_batch("shop", take, event)
    return run_task("shop", TASKS, event)


def take(record: dict[str, Any]) -> str:
    """An event of the bus, the key of an order to be read again, or the wish for fresh decryption keys."""
    body = json.loads(record["body"])
    if body.get("task") == "refresh_keys":
        return f"changed:{wiring.refresh_keys()['changed']}"
    if "platform_id" in body:
        return read_again(body["shop_id"], body["platform_id"], wiring.youzan(), wiring.put_inbound)
    detail = event_detail(record)
    return tell_shop(body["detail-type"], detail["metadata"]["order_id"], detail["data"], wiring.shopfront())


def _pull(event: Any) -> Any:
    counts = {"found": 0, "moved": 0}
    for shop_id in wiring.shop_ids():
        found = pull_orders(shop_id, wiring.youzan(), wiring.watermarks(), wiring.put_inbound, wiring.now_ms())
        counts = {key: counts[key] + found[key] for key in counts}
    return counts


def _tell_address(event: Any) -> Any:
    command = ChangeCommand(str(event["order_id"]), int(event["change"]), int(event["epoch"]))
    return tell_shop_address(command, wiring.shop_counter())


TASKS = {"tell_shop": _tell_address, "pull_orders": _pull, "refresh_keys": lambda event: wiring.refresh_keys()}
