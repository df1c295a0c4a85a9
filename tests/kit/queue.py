"""An order with cards in the pending-decision queue, over a real table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orderhub.adapters.dynamodb.orders import DynamoOrders
from orderhub.adapters.keyed_digest import KeyedDigest
from orderhub.domain.decision import Decision, DecisionClass
from orderhub.domain.order import Driver, Milestone, Order
from orderhub.ports.orders import Change
from orderhub.services.decide import decide
from orderhub.services.option_effects import Desk
from orderhub.services.park import decision_for, request_decision
from orderhub.services.rulebook import ShippedRules
from tests.kit.executions import FakeExecutions
from tests.kit.orders import ORDER_ID, T0, order

ADDRESS = {"province": "浙江省", "city": "杭州市", "district": "西湖区", "detail": "测试路1号2单元301室"}
PARAMETERS: dict[str, dict[str, object]] = {
    "correct_address": ADDRESS,
    "change_sku": {"sku": "ZP-2026-02", "line_id": "L1"},
    "transfer": {"from_warehouse": "WH02"},
    "other_gift": {"gift": "FP-001"},
    "refund": {"amount_fen": 29_900, "reason": "缺货退款"},
    "void_on_evidence": {"evidence": "SF ticket 20261128-7"},
    "buyer_paid": {"evidence": "微信收款 001"},
    "enter_number": {"carrier": "sf", "number": "SF7444000099999"},
    "contact_buyer": {"asked": "which door"},
    "wait_until": {"until": T0 + 3_600_000},
}


class PlainSeal:
    """Seals by turning the text around."""

    def seal(self, text: str) -> str:
        return text[::-1]

    def open(self, sealed: str) -> str:
        return sealed[::-1]


class Queue:
    """An order with cards in the queue."""

    def __init__(self, client: Any, table: str) -> None:
        self.orders = DynamoOrders(client, table)
        self.executions = FakeExecutions()
        self.desk = Desk(self.orders, PlainSeal(), KeyedDigest(lambda: "key-of-the-tests"), ShippedRules())

    def put(self, *reached: Milestone, **changes: Any) -> Order:
        return self.orders.commit(Change(None, order(*reached, **changes), T0))

    def another(self, number: int, *reached: Milestone, **changes: Any) -> str:
        """One more order; its id."""
        made = order(*reached, platform_id=f"E{number}", **changes)
        made = replace(made, order_id=f"youzan-E{number}", driver=Driver(f"youzan-E{number}-1", 1))
        self.orders.commit(Change(None, made, T0))
        return made.order_id

    def known(self, order_id: str = ORDER_ID) -> Order:
        found = self.orders.load(order_id)
        assert found is not None
        return found

    def ask(self, decision_class: DecisionClass, cause: str = "x", **evidence: str) -> Decision:
        return self.ask_about(ORDER_ID, decision_class, cause, T0, **evidence)

    def ask_about(
        self, order_id: str, decision_class: DecisionClass, cause: str = "x", at: int = T0, **evidence: str
    ) -> Decision:
        decision = decision_for(order_id, decision_class, cause, evidence, at)
        request_decision(self.orders, self.known(order_id), decision, at)
        return next(c for c in reversed(self.orders.decisions_of(order_id)) if c.decision_class is decision_class)

    def card(self, decision: Decision) -> Decision:
        """The card as it stands now."""
        found = self.orders.decision(decision.order_id, decision.decision_id)
        assert found is not None
        return found

    def decide(
        self, card: Decision, option: str, who: str = "li", at: int = T0 + 9, request_id: str = "", **parameters: object
    ) -> Decision:
        return decide(
            card.order_id, card.decision_id, option, who, "because", self.orders, at,
            parameters=parameters, request_id=request_id, desk=self.desk,
        )  # fmt: skip

    def facts(self, order_id: str = ORDER_ID) -> list[str]:
        return [fact.type for fact in self.orders.facts_of(order_id)]
