"""Import arrows (design §2)."""

from pathlib import Path

import pytest

from tests.architecture.checks.imports import heavy_imports, impure_domain, wrong_arrows
from tests.architecture.conftest import Plant

PACKAGE = "layers/orderhub/src/orderhub"


def test_every_import_follows_the_arrows(repo: Path) -> None:
    assert wrong_arrows(repo) == []


def test_the_domain_asks_no_clock_and_touches_nothing(repo: Path) -> None:
    assert impure_domain(repo) == []


def test_receive_webhook_loads_nothing_heavy(repo: Path) -> None:
    assert heavy_imports(repo, "receive_webhook") == []


@pytest.mark.parametrize(
    ("path", "text", "arrow"),
    [
        (f"{PACKAGE}/domain/order.py", "from orderhub.services import ingest", "domain → services"),
        (f"{PACKAGE}/domain/order.py", "import pydantic", "domain → pydantic"),
        (f"{PACKAGE}/domain/order.py", "import time", "domain → time"),
        (
            f"{PACKAGE}/services/ingest.py",
            "from orderhub.adapters.youzan import client",
            "services → adapters",
        ),
        (
            f"{PACKAGE}/services/ingest.py",
            "def f():\n    import orderhub.runtime.wiring",
            "services → runtime",
        ),
        (f"{PACKAGE}/services/ingest.py", "from ..contracts import inbound", "services → contracts"),
        (f"{PACKAGE}/services/ingest.py", "from .. import contracts", "services → contracts"),
        (f"{PACKAGE}/adapters/sf/client.py", "from orderhub.services import ship", "adapters → services"),
        (f"{PACKAGE}/contracts/api.py", "import orderhub.ports", "contracts → ports"),
        (f"{PACKAGE}/ports.py", "import orderhub.contracts.api", "ports → contracts"),
        (f"{PACKAGE}/runtime/wiring.py", "from local import cloud", "runtime → local"),
        (f"{PACKAGE}/runtime/wiring.py", "import functions.ingest.handler", "runtime → functions"),
        (f"{PACKAGE}/runtime/wiring.py", "import_module('functions.ingest')", "runtime → functions"),
        (f"{PACKAGE}/attic/old.py", "", "room that the design does not know: attic"),
        ("functions/ingest/handler.py", "from orderhub.adapters import aws", "functions → adapters"),
        ("functions/ingest/handler.py", "from orderhub.domain.order import Order", "functions → domain"),
        ("local/cloud.py", "from orderhub.domain.order import Order", "local → domain"),
        ("local/partners/sf.py", "from orderhub.contracts import api", "local/partners → contracts"),
        ("local/partners/sf.py", "from local.cloud import up", "local/partners → local.cloud"),
        ("local/partners/sf/app.py", "from ..youzan import app\nimport orderhub.domain", "→ domain"),
    ],
)
def test_a_wrong_arrow_is_named(plant: Plant, path: str, text: str, arrow: str) -> None:
    problems = wrong_arrows(plant({path: text}))
    assert problems
    assert arrow in "\n".join(problems)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (f"{PACKAGE}/__init__.py", "import logging"),
        (
            f"{PACKAGE}/ports/orders.py",
            "from orderhub.domain.order import Order\nfrom orderhub.ports import stock",
        ),
        (f"{PACKAGE}/ports.py", "from orderhub.domain.order import Order"),
        (
            f"{PACKAGE}/services/ingest.py",
            "from orderhub.ports import Orders\nfrom orderhub.rules import pack",
        ),
        (f"{PACKAGE}/runtime/wiring.py", "from orderhub.adapters.sf import client"),
        ("functions/ingest/handler.py", "from orderhub.runtime import wiring"),
        ("local/partners/sf/app.py", "from local.partners.chassis import serve\nfrom ..chassis import serve"),
        ("local/cloud.py", "from orderhub.contracts import api\nfrom local.partners import chassis"),
    ],
)
def test_a_right_arrow_is_left_alone(plant: Plant, path: str, text: str) -> None:
    assert wrong_arrows(plant({path: text})) == []


def test_a_clock_in_the_domain_is_named(plant: Plant) -> None:
    root = plant({f"{PACKAGE}/domain/order.py": "def f():\n    return datetime.now()"})
    assert impure_domain(root) == [f"{PACKAGE}/domain/order.py:2 calls datetime.now()"]


def test_a_heavy_import_is_found_through_our_own_modules_and_packages(plant: Plant) -> None:
    root = plant(
        {
            "functions/receive_webhook/handler.py": "from orderhub.runtime.webhooks import accept",
            f"{PACKAGE}/runtime/__init__.py": "import httpx",
            f"{PACKAGE}/runtime/webhooks.py": "from orderhub.adapters.aws import sqs",
            f"{PACKAGE}/adapters/aws/sqs.py": "try:\n    import boto3.session\nexcept ImportError: ...",
        }
    )
    found = "\n".join(heavy_imports(root, "receive_webhook"))
    assert "orderhub.adapters.aws.sqs → boto3" in found
    assert "orderhub.runtime → httpx" in found


def test_a_deferred_or_type_only_heavy_import_is_allowed(plant: Plant) -> None:
    text = "if TYPE_CHECKING:\n    import boto3\ndef f():\n    import pydantic\n"
    assert heavy_imports(plant({"functions/receive_webhook/handler.py": text}), "receive_webhook") == []
