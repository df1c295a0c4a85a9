"""What an order's states and steps are called: the one source for every screen, list, message and command."""

from collections.abc import Mapping
from types import MappingProxyType

from orderhub.domain.journey import Step

type Pair = tuple[str, str]

STATES: Mapping[str, Pair] = MappingProxyType(
    {
        "Reserve": ("锁定库存", "Reserving stock"),
        "AwaitPayment": ("等待付款", "Awaiting payment"),
        "Assess": ("评估", "Assessing"),
        "Dispatch": ("下发仓库", "Dispatching"),
        "IssueWaybill": ("取面单", "Issuing waybill"),
        "AwaitShipment": ("待出库", "Awaiting shipment"),
        "AwaitDelivery": ("运输中", "In transit"),
        "Settle": ("结算", "Settling"),
        "OrderCompleted": ("已完成", "Completed"),
        "OrderCancelled": ("已关闭", "Closed"),
        "AwaitRelease": ("等待放行", "Held or waiting"),
        "Withdraw": ("撤回", "Withdrawing"),
        "FindNextStep": ("找下一步", "Finding the next step"),
        "IsNextStep": ("判断", "Which step"),
        "RunEnded": ("已接管", "Run ended"),
    }
)
"""States of the lifecycle's state machine; a row of the read side stands in one of them, too."""

STEPS: Mapping[str, Pair] = MappingProxyType(
    {
        Step.RESERVE.value: STATES["Reserve"],
        Step.AWAIT_PAYMENT.value: STATES["AwaitPayment"],
        Step.ASSESS.value: STATES["Assess"],
        Step.DISPATCH.value: STATES["Dispatch"],
        Step.ISSUE_WAYBILL.value: STATES["IssueWaybill"],
        Step.AWAIT_SHIPMENT.value: STATES["AwaitShipment"],
        Step.AWAIT_DELIVERY.value: STATES["AwaitDelivery"],
        Step.SETTLE.value: STATES["Settle"],
        Step.AWAIT_RELEASE.value: STATES["AwaitRelease"],
        Step.WITHDRAW.value: STATES["Withdraw"],
        Step.VOID_WAYBILL.value: ("作废面单", "Voiding the waybill"),
        Step.CLOSE.value: ("关闭中", "Closing"),
        Step.COMPLETED.value: STATES["OrderCompleted"],
        Step.CANCELLED.value: STATES["OrderCancelled"],
    }
)
"""The step an order wants now (``OrderPage.step``)."""
