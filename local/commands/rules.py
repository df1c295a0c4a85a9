"""`hub rules …`: read, check, save, try, switch and export the brand's rules."""

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from local.api import Hub, HubError, running_hub
from local.text import SHANGHAI, instant, instant_of, money, table

NEWLY = {"newly_matched": "新命中", "no_longer_matched": "不再命中", "other_outcome": "结果不同"}


def add(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("rules", help="read, check, save, try and switch the brand's rules")
    ways = parser.add_subparsers(dest="way", required=True, metavar="WHAT")
    one = ways.add_parser("list", help="kinds and their live versions; with KIND its versions")
    one.add_argument("kind", nargs="?", default="")
    one = ways.add_parser("fields", help="what rows of a kind may ask and must say")
    one.add_argument("kind")
    one = ways.add_parser("show", help="one version (default: the live one)")
    _version(one)
    one = ways.add_parser("check", help="what is wrong with a pack, row by row")
    _file(one)
    one = ways.add_parser("save", help="save a pack as the next draft")
    _file(one)
    one.add_argument("--owner", default="operations", help="who answers for these rules")
    one.add_argument("--note", default="", help="what they are for")
    _by(one)
    one = ways.add_parser("switch", help="switch a version on; 0 is the shipped default")
    one.add_argument("kind")
    one.add_argument("version", type=int)
    one.add_argument("--reason", default="", help="why; required when the version was not back-tested")
    one.add_argument("--replaces", type=int, help="the live version you saw (default: the one that is live now)")
    _by(one)
    one = ways.add_parser("export", help="a version as a file on standard output")
    _version(one)
    one.add_argument("--csv", action="store_true", help="as CSV instead of JSON")
    one = ways.add_parser("diff", help="what differs between two versions")
    one.add_argument("kind")
    one.add_argument("old", type=int)
    one.add_argument("new", type=int)
    one = ways.add_parser("backtest", help="try a file, or a saved version (KIND:NUMBER), on past orders")
    _file(one)
    one.add_argument("--since", required=True, help="2026-11-01 or 2026-11-01T08:00, Shanghai time")
    one.add_argument("--until", default="", help="the same (default: now)")
    one.add_argument("--json", action="store_true", help="for programs")
    _by(one)


def run(args: argparse.Namespace) -> int:
    """Print what was asked; 1 when the hub refused, with every problem it found."""
    try:
        print(_WAYS[args.way](running_hub(), args))
    except HubError as error:
        print(f"hub rules: {error}", file=sys.stderr)
        for problem in error.problems:
            print(f"  {readable_problem(problem)}", file=sys.stderr)
        return 1
    except (OSError, ValueError) as error:
        print(f"hub rules: {error}", file=sys.stderr)
        return 1
    return 0


# --- the ways ----------------------------------------------------------------------------------------------------


def _list(hub: Hub, args: argparse.Namespace) -> str:
    if not args.kind:
        rows = [[one["kind"], f"v{one['live']}", _when(one)] for one in hub.rules("")["kinds"]]
        return "\n".join(table(rows))
    found = hub.rules(args.kind)
    rows = [[f"v{one['version']}", one["status"], one["owner"], one["note"], one["changed_by"]]
            for one in found["versions"]]  # fmt: skip
    return "\n".join([f"{args.kind}: v{found['live']} live   {_when(found)}", *table(rows)])


def _fields(hub: Hub, args: argparse.Namespace) -> str:
    found = hub.rules(f"{args.kind}/fields")
    rows = [
        [prefix + name, field["type"], f"{field['zh']} · {field['en']}", " ".join(field.get("values", []))]
        for prefix, part in (("", "inputs"), ("out:", "outputs"))
        for name, field in found[part].items()
    ]
    return "\n".join(table(rows))


def _show(hub: Hub, args: argparse.Namespace) -> str:
    found = hub.rules(f"{args.kind}/{_wanted(hub, args)}")
    head = {name: value for name, value in found.items() if name != "graph"}
    return json.dumps(head, ensure_ascii=False, indent=1) + "\n\n" + hub.rules_csv(args.kind, found["version"])


def _check(hub: Hub, args: argparse.Namespace) -> str:
    hub.rules(f"{kind_of(args)}/check", _pack(args))
    return "没有问题 · nothing is wrong"


def _save(hub: Hub, args: argparse.Namespace) -> str:
    body = {**_pack(args), "owner": args.owner, "note": args.note, "by": args.by}
    made = hub.rules(kind_of(args), body)
    return f"{made['name']}: {made['status']}; try it: hub rules backtest {made['kind']}:{made['version']} --since DAY"


def _switch(hub: Hub, args: argparse.Namespace) -> str:
    seen = args.replaces if args.replaces is not None else hub.rules(args.kind)["live"]
    body = {"replaces": seen, "by": args.by, "reason": args.reason}
    made = hub.rules(f"{args.kind}/{args.version}/switch", body)
    return f"{made['name']}: {made['status']}; v{seen} no longer judges"


def _export(hub: Hub, args: argparse.Namespace) -> str:
    wanted = _wanted(hub, args)
    if args.csv:
        return hub.rules_csv(args.kind, wanted).rstrip("\r\n")
    return json.dumps(hub.rules(f"{args.kind}/{wanted}")["graph"], ensure_ascii=False, indent=2)


def _diff(hub: Hub, args: argparse.Namespace) -> str:
    found = hub.rules(f"{args.kind}/{args.new}/against/{args.old}")
    lines = [f"- {row_id}: {_cells(cells)}" for row_id, cells in found["removed"].items()]
    lines += [f"+ {row_id}: {_cells(cells)}" for row_id, cells in found["added"].items()]
    lines += [
        f"~ {row_id}: {name}  {before or '(空 empty)'} → {after or '(空 empty)'}"
        for row_id, cells in found["changed"].items()
        for name, (before, after) in cells.items()
    ]
    return "\n".join(lines) or "没有差别 · nothing differs"


def _backtest(hub: Hub, args: argparse.Namespace) -> str:
    period = {"since": instant_of(args.since), "until": instant_of(args.until) if args.until else _now()}
    kind, _, number = args.file.partition(":")
    if number.isdigit():
        found = hub.rules(f"{kind}/{number}/backtest", {**period, "by": args.by})
    else:
        found = hub.rules(f"{kind_of(args)}/backtest", {**_pack(args), **period})
    return json.dumps(found, ensure_ascii=False) if args.json else readable(found)


_WAYS: Mapping[str, Callable[[Hub, argparse.Namespace], str]] = {
    "list": _list,
    "fields": _fields,
    "show": _show,
    "check": _check,
    "save": _save,
    "switch": _switch,
    "export": _export,
    "diff": _diff,
    "backtest": _backtest,
}


# --- reading and telling -----------------------------------------------------------------------------------------


def kind_of(args: argparse.Namespace) -> str:
    """``--kind``, else what the file is called: ``interception.csv``, ``gifts-double-eleven.json``."""
    return str(args.kind or Path(args.file).name.partition(".")[0].partition("-")[0])


def readable(found: Mapping[str, Any]) -> str:
    """A back-test for people: what changes in orders and yuan, rows, conflicts, false holds, examples."""
    lines = [f"{found['kind']}: {found['orders']} 单 orders, {found['unreadable']} 无法读取 unreadable", ""]
    rows = [[f"{NEWLY[name]} {name}", str(one["orders"]), money(one["paid_fen"])]
            for name, one in found["changed"].items()]  # fmt: skip
    rows += [[f"行 row {one['row']}", str(one["orders"]), money(one["paid_fen"])] for one in found["rows"]]
    rows += [[f"冲突 {one['row']} × {one['with']}", str(one["orders"]), one["example"]] for one in found["conflicts"]]
    rows += [
        [f"误拦 false holds {name}", f"{one['released']}/{one['decided']}",
         f"{_percent(one['share_bp'])} ({_percent(one['low_bp'])}–{_percent(one['high_bp'])})"]
        for name, one in found.get("false_holds", {}).items()
    ]  # fmt: skip
    lines += table(rows)
    lines += [f"例 {one['order_id']}  {NEWLY[one['change']]}  {money(one['paid_fen'])}" for one in found["examples"]]
    return "\n".join(lines)


def readable_problem(problem: Mapping[str, Any]) -> str:
    """Where and why, in one line."""
    where = [f"line {problem['line']}" if problem["line"] else "", f"row {problem['row']}" if problem["row"] else "",
             problem["row_id"], problem["column"]]  # fmt: skip
    return f"{' '.join(filter(None, where))}: {problem['code']} · {problem['zh']} · {problem['en']}".removeprefix(": ")


def _percent(bp: int) -> str:
    return f"{bp // 100}.{bp % 100:02d} %"


def _cells(cells: Mapping[str, str]) -> str:
    return "  ".join(f"{name} {cell}" for name, cell in cells.items())


def _when(one: Mapping[str, Any]) -> str:
    return f"{one['switched_by']} {instant(one['switched_at'])} {one['reason']}" if one["switched_at"] else ""


def _pack(args: argparse.Namespace) -> dict[str, Any]:
    data = Path(args.file).read_bytes()
    if args.file.lower().endswith(".csv"):
        try:
            return {"csv": data.decode("utf-8-sig")}
        except UnicodeDecodeError:
            return {"csv": data.decode("gb18030")}
    read = json.loads(data.decode("utf-8-sig"))
    if not isinstance(read, dict):
        raise ValueError(f"{args.file} holds no rule pack")
    return {"graph": read}


def _wanted(hub: Hub, args: argparse.Namespace) -> int:
    return int(args.version if args.version is not None else hub.rules(args.kind)["live"])


def _now() -> int:
    return int(datetime.now(SHANGHAI).timestamp() * 1000)


def _version(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind")
    parser.add_argument("version", nargs="?", type=int)


def _file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="a pack as .json or .csv")
    parser.add_argument("--kind", default="", help="default: what the file is called (interception.csv)")


def _by(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", default=getpass.getuser(), help="who (default: you)")
