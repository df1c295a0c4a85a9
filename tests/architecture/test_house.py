"""Size and place of files, and literal partitions."""

from pathlib import Path

import pytest

from tests.architecture.checks.house import function_folder_problems, partition_problems, size_problems
from tests.architecture.conftest import Plant


def test_every_file_is_short(repo: Path) -> None:
    assert list(size_problems(repo)) == []


def test_a_function_folder_holds_its_handler_and_nothing_else(repo: Path) -> None:
    assert list(function_folder_problems(repo)) == []


def test_nothing_deployed_names_a_partition(repo: Path) -> None:
    assert list(partition_problems(repo)) == []


@pytest.mark.parametrize(
    ("path", "lines", "is_named"),
    [
        ("functions/ingest/handler.py", 60, False),
        ("functions/ingest/handler.py", 61, True),
        ("functions/console/pages.py", 61, False),
        ("layers/orderhub/src/orderhub/domain/order.py", 400, False),
        ("layers/orderhub/src/orderhub/domain/order.py", 401, True),
        ("local/cloud/deploy.py", 401, True),
    ],
)
def test_a_long_file_is_named(plant: Plant, path: str, lines: int, is_named: bool) -> None:
    assert bool(list(size_problems(plant({path: "pass\n" * lines})))) == is_named


def test_a_stray_file_beside_a_handler_is_named(plant: Plant) -> None:
    root = plant({"functions/ingest/handler.py": "", "functions/ingest/helpers.py": ""})
    assert list(function_folder_problems(root)) == [
        "functions/ingest/helpers.py does not belong in a function's folder"
    ]


@pytest.mark.parametrize("partition", ["aws", "aws-cn"])
def test_a_literal_partition_is_named(plant: Plant, partition: str) -> None:
    root = plant({"template.yaml": f"A: 1\nB: arn:{partition}:s3:::b\nC: arn:${{AWS::Partition}}:s3:::b\n"})
    assert list(partition_problems(root)) == ["template.yaml:2 names a partition"]
