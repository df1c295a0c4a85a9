"""What docs/privacy.md says of the key that opens personal data is what the template grants."""

from pathlib import Path

from tests.architecture.checks.cfn import Template, as_list
from tests.architecture.checks.manual import text_of
from tests.architecture.checks.template_flows import TABLES_OF_THE_TRUTH

WHO_CAN_UNSEAL = "`kms:Decrypt` is granted to `warehouse`, `carrier`, `shop` and `labels` only"
RETAINED = ("Retain", "Retain")


def test_only_those_who_tell_a_partner_or_draw_labels_may_open_personal_data(repo: Path) -> None:
    template = Template.of(repo)
    able = {
        template.folder_of(function)
        for function in template.functions().values()
        for statement in template.statements(function)
        if "kms:Decrypt" in as_list(statement.get("Action", []))
    }
    assert able == {"warehouse", "carrier", "shop", "labels"}
    assert WHO_CAN_UNSEAL in text_of(repo, "docs/privacy.md")


def test_only_the_console_may_ask_labels_for_what_is_personal(repo: Path) -> None:
    template = Template.of(repo)
    able = {
        template.folder_of(function)
        for function in template.functions().values()
        for statement in template.statements(function)
        if "lambda:InvokeFunction" in as_list(statement.get("Action", []))
    }
    assert able == {"console"}


def test_the_key_outlives_the_stack_as_the_tables_do(repo: Path) -> None:
    template = Template.of(repo)
    tables = template.resources("AWS::DynamoDB::Table")
    kept = template.resources("AWS::KMS::Key") | {name: tables[name] for name in TABLES_OF_THE_TRUTH}
    lost = [name for name, r in kept.items() if (r.get("DeletionPolicy"), r.get("UpdateReplacePolicy")) != RETAINED]
    assert lost == []
