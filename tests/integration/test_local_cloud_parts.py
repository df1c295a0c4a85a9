"""The parts of the local cloud by themselves: template copy, artifacts, schedules, proxy."""

import http.server
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.cloud.artifacts import zip_function
from local.cloud.paths import TEMPLATE
from local.cloud.proxy import BODY_LIMIT_BYTES, Proxy
from local.cloud.supervisor import free_ports
from local.cloud.template import definition_json, deployable, read_template, resources
from local.cloud.ticker import Schedule, schedules
from tests.integration.local_hub import post

SMALL = """
Globals: {Function: {Runtime: python3.13, Handler: handler.handler}}
Resources:
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties: {DefinitionUri: machine.asl.yaml}
  Fast:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/fast/
      Environment: {Variables: {TABLE: !Ref Table, ARN: !GetAtt Table.Arn, NAME: !Sub "${AWS::StackName}-x"}}
      Events:
        Poll: {Type: Schedule, Properties: {Schedule: rate(5 minutes), Input: '{"task":"poll"}'}}
        Queue: {Type: SQS, Properties: {Queue: arn}}
  Nightly:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(1 minute)
      Targets: [{Id: a, Arn: !GetAtt Fast.Arn, Input: '{"task":"sweep"}'}]
"""


@pytest.fixture
def small(tmp_path: Path) -> dict[str, Any]:
    file = tmp_path / "template.yaml"
    file.write_text(SMALL)
    return read_template(file)


def test_short_forms_are_written_out(small: dict[str, Any]) -> None:
    variables = resources(small, "AWS::Serverless::Function")["Fast"]["Environment"]["Variables"]
    assert variables == {
        "TABLE": {"Ref": "Table"},
        "ARN": {"Fn::GetAtt": ["Table", "Arn"]},
        "NAME": {"Fn::Sub": "${AWS::StackName}-x"},
    }


def test_the_deployed_copy_brings_its_own_bootstrap_and_the_template_stays_as_it_is(small: dict[str, Any]) -> None:
    before = json.dumps(small)
    place = {"Bucket": "b", "Key": "k"}
    copied = deployable(small, {"Fast": place, "Machine": place})
    function = copied["Resources"]["Fast"]["Properties"]
    assert (function["Runtime"], function["CodeUri"]) == ("provided.al2023", place)
    assert copied["Resources"]["Machine"]["Properties"]["DefinitionUri"] == place
    assert json.dumps(small) == before


def test_a_substitution_for_a_number_becomes_a_number_and_others_stay_texts() -> None:
    asl = "States: {A: {TimeoutSeconds: '${Wait}', Resource: '${Arn}', Retry: [{MaxAttempts: '${Tries}'}]}}"
    filled = definition_json(asl).replace("${Wait}", "30").replace("${Arn}", "arn:x").replace("${Tries}", "2")
    state = json.loads(filled)["States"]["A"]
    assert state == {"TimeoutSeconds": 30, "Resource": "arn:x", "Retry": [{"MaxAttempts": 2}]}


def test_schedules_of_functions_and_of_rules_are_found(small: dict[str, Any]) -> None:
    assert schedules(small) == [
        Schedule("Fast", '{"task":"poll"}', minutes=5),
        Schedule("Fast", '{"task":"sweep"}', minutes=1),
    ]


def test_every_schedule_of_the_real_template_calls_a_function_of_it() -> None:
    template = read_template(TEMPLATE)
    wanted = schedules(template)
    assert wanted
    assert {schedule.function for schedule in wanted} <= set(resources(template, "AWS::Serverless::Function"))
    assert all(json.loads(schedule.payload) for schedule in wanted)


def test_the_same_function_is_the_same_zip_so_that_only_changes_are_deployed(tmp_path: Path) -> None:
    folder = tmp_path / "fast"
    folder.mkdir()
    (folder / "handler.py").write_text("def handler(event, context):\n    return 1\n")
    first = zip_function(folder, [tmp_path])
    (folder / "handler.py").touch()
    assert zip_function(folder, [tmp_path]) == first
    (folder / "handler.py").write_text("def handler(event, context):\n    return 2\n")
    assert zip_function(folder, [tmp_path]) != first


class _Echo(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        seen = {"path": self.path, "headers": dict(self.headers.items()), "body": body.hex()}
        answer = json.dumps(seen).encode()
        self.send_response(418)
        self.send_header("x-answer", "kept")
        self.send_header("set-cookie", "session=of-the-first; Path=/")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = free_ports(1)[0]
    proxy = Proxy(port)
    proxy.target = f"http://127.0.0.1:{server.server_address[1]}/base"
    proxy.start()
    yield f"http://127.0.0.1:{port}"
    proxy.stop()
    server.shutdown()
    server.server_close()


def test_bytes_path_and_signature_header_pass_untouched(origin: str) -> None:
    body = b'\xff\x00{"x": "\xe4\xb8\xad"}\r\n'
    request = urllib.request.Request(
        f"{origin}/webhooks/a%2Fb?x=%E4&y=1", data=body, headers={"Event-Sign": "AbC", "content-type": "text/x"}
    )
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(request, timeout=10)
    answer = raised.value
    seen = json.loads(answer.read())
    assert (answer.code, answer.headers["x-answer"]) == (418, "kept")
    assert bytes.fromhex(seen["body"]) == body
    assert seen["path"] == "/base/webhooks/a%2Fb?x=%E4&y=1"
    headers = {name.lower(): value for name, value in seen["headers"].items()}
    assert headers["event-sign"] == "AbC"
    assert headers["x-forwarded-for"] == "127.0.0.1"


def test_what_one_person_is_given_to_keep_is_not_sent_for_another(origin: str) -> None:
    seen = []
    for _ in range(2):
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(urllib.request.Request(f"{origin}/x", data=b""), timeout=10)
        seen.append(raised.value.headers["set-cookie"])
        headers = json.loads(raised.value.read())["headers"]
        assert "cookie" not in {name.lower() for name in headers}
    assert seen == ["session=of-the-first; Path=/"] * 2


def test_the_largest_body_passes_and_one_byte_more_does_not(origin: str) -> None:
    assert post(f"{origin}/x", b" " * BODY_LIMIT_BYTES) == 418
    assert post(f"{origin}/x", b" " * (BODY_LIMIT_BYTES + 1)) == 413


def test_while_the_emulator_is_away_the_answer_is_service_unavailable() -> None:
    port, nobody = free_ports(2)
    proxy = Proxy(port)
    proxy.target = f"http://127.0.0.1:{nobody}"
    proxy.start()
    try:
        assert post(f"http://127.0.0.1:{port}/x", b"") == 503
    finally:
        proxy.stop()
