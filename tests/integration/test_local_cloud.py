"""The hub on a laptop, as `hub up` starts it: the real template, and what happens when its parts are killed."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud.aws import client
from local.cloud.paths import ROOT
from tests.integration.local_hub import LocalHub, group_has_processes, post, until

MARK = {"pk": {"S": "ORDER#test-mark"}, "sk": {"S": "MARK"}, "note": {"S": "kept-through-a-crash"}}
KEY = {"pk": MARK["pk"], "sk": MARK["sk"]}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHub]:
    below = os.environ.get("HUB_HOME")
    home = Path(below) / f"cloud-{os.getpid()}" if below else tmp_path_factory.mktemp("hub") / "home"
    started = LocalHub(home)
    try:
        started.up("--fresh")
        yield started
    finally:
        assert started.hub("down").returncode == 0


def saved(hub: LocalHub) -> bool:
    file = hub.home / "emulator" / "state" / "dynamodb.json"
    return file.exists() and MARK["note"]["S"] in file.read_text()


def kept(hub: LocalHub) -> bool:
    found = client("dynamodb", hub.run.endpoint).get_item(TableName=hub.run.tables["OrdersTable"], Key=KEY)
    return bool(found.get("Item") == MARK)


def test_a_fresh_hub_says_where_it_is_and_with_which_test_keys(hub: LocalHub) -> None:
    run = hub.run
    assert run.origin == run.api
    partners = {"youzan", "wangdiantong", "sf", "kingdee", "wecom", "kuaidiniao", "ems"}
    assert set(run.partners) == set(run.credentials) == partners
    assert set(run.credentials["youzan"]) == {"client_id", "client_secret", "kdt_id"}
    assert {"sid", "appkey", "appsecret"} <= set(run.credentials["wangdiantong"])
    assert {"partner_id", "check_word", "month_card", "webhook_token"} <= set(run.credentials["sf"])
    assert {"sender_no", "authorization", "sign_key"} <= set(run.credentials["ems"])
    assert (hub.home / "run.json").stat().st_mode & 0o077 == 0


def test_a_fresh_hub_is_up_and_nothing_waits(hub: LocalHub) -> None:
    shown = hub.hub("status", "--json")
    report = json.loads(shown.stdout)
    assert shown.returncode == 0
    assert report["up"]
    assert set(report["processes"]) == {"supervisor", "emulator", "partners"}
    assert all(depth == 0 for name, depth in report["queues"].items() if name.endswith("Dlq"))


def test_every_function_of_the_template_is_deployed_under_its_folder(hub: LocalHub) -> None:
    assert set(hub.run.functions) == {file.parent.name for file in (ROOT / "functions").glob("*/handler.py")}


def test_a_forged_webhook_is_refused_by_the_deployed_function(hub: LocalHub) -> None:
    assert 400 <= post(f"{hub.run.api}/webhooks/youzan", b'{"test": false}') < 500


def test_an_unknown_path_is_not_found(hub: LocalHub) -> None:
    assert post(f"{hub.run.origin}/nowhere", b"{}") == 404


def test_a_body_above_ten_megabytes_is_too_large(hub: LocalHub) -> None:
    assert post(f"{hub.run.api}/webhooks/youzan", b" " * (10 * 1024 * 1024 + 1)) == 413


def test_nothing_listens_beyond_this_machine(hub: LocalHub) -> None:
    try:
        outward = socket.gethostbyname(socket.gethostname())
    except OSError:
        pytest.skip("this machine's name has no address")
    if outward.startswith("127."):
        pytest.skip("this machine has no other address")
    urls = [hub.run.origin, hub.run.endpoint, *hub.run.partners.values()]
    for port in (int(url.rpartition(":")[2]) for url in urls):
        with socket.socket() as probe:
            assert probe.connect_ex((outward, port)) != 0


def test_a_table_forgets_by_time_to_live_although_the_emulator_drops_it_from_the_template(hub: LocalHub) -> None:
    tables = client("dynamodb", hub.run.endpoint)
    described = tables.describe_time_to_live(TableName=hub.run.tables["OrdersTable"])
    assert described["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"


def test_the_state_survives_kill_minus_nine_of_the_emulator(hub: LocalHub) -> None:
    before = hub.run.emulator_restarts
    client("dynamodb", hub.run.endpoint).put_item(TableName=hub.run.tables["OrdersTable"], Item=MARK)
    until(lambda: saved(hub), "the mark is saved")
    killed = hub.pids()["emulator"]
    os.kill(killed, signal.SIGKILL)
    until(lambda: hub.run.emulator_restarts > before, "the emulator runs again")
    assert kept(hub)
    until(lambda: 400 <= post(f"{hub.run.api}/webhooks/youzan", b"{}") < 500, "functions answer again")
    assert not group_has_processes(killed)


def test_the_simulators_are_started_again_with_their_books(hub: LocalHub) -> None:
    killed = hub.pids()["partners"]
    os.kill(killed, signal.SIGKILL)
    until(lambda: hub.pids()["partners"] != killed, "the simulators run again")
    stock = client("lambda", hub.run.endpoint).invoke(
        FunctionName=hub.run.functions["warehouse"], Payload='{"task": "poll_stock"}'
    )
    assert "FunctionError" not in stock


def test_killing_the_supervisor_leaves_no_process_and_the_next_start_has_the_state(hub: LocalHub) -> None:
    pids = hub.pids()
    until(lambda: saved(hub), "the mark is saved")
    os.kill(pids["supervisor"], signal.SIGKILL)
    until(lambda: not any(map(group_has_processes, pids.values())), "its parts have followed it")
    assert hub.hub("status").returncode == 1
    assert hub.hub("down").returncode == 0
    hub.up()
    assert kept(hub)


def test_down_leaves_no_process_and_may_be_said_twice(hub: LocalHub) -> None:
    pids = hub.pids()
    assert hub.hub("down").returncode == 0
    assert not any(map(group_has_processes, pids.values()))
    assert not (hub.home / "run.json").exists()
    assert hub.hub("down").returncode == 0
