"""What is wrong with a pack, told so that the person who wrote the row can mend it: where, a code, two languages."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

TEXTS: Mapping[str, tuple[str, str]] = {
    # the document
    "not_json": ("文件不是有效的 JSON", "the document is not valid JSON"),
    "too_large": ("规则包超过 256 KB", "the pack is larger than 256 KB"),
    "too_many_rows": ("规则超过 2000 行", "the pack has more than 2,000 rows"),
    "bad_graph": ("应为一个输入、若干决策表、一个输出", "a pack is one input, decision tables, one output"),
    "unknown_node": ("只允许决策表节点", "only decision tables may stand between input and output"),
    "bad_edge": ("每张表必须直接连着输入和输出", "each table is joined to the input and to the output only"),
    "bad_table": ("决策表结构不对", "the decision table is not well-formed"),
    "hit_policy": ("命中策略必须是 collect", "the hit policy must be collect"),
    # the file of a table
    "encoding": ("文件编码不是 UTF-8 或 GB18030", "the file is neither UTF-8 nor GB18030"),
    "not_csv": ("文件不是有效的 CSV", "the file is not valid CSV"),
    "no_header": (
        "第一行必须是列名: 编号(或 _id)、输入字段、out:输出",
        "the first line names 编号 (or _id), fields and out:outputs",
    ),
    "row_width": ("该行的列数与表头不同", "the row has another number of cells than the header"),
    # columns
    "unknown_field": ("输入字段不在已公布的字段表中", "the input field is not published for this kind"),
    "bad_column": ("列定义不对", "the column is not well-formed"),
    "column_twice": ("列重复", "the column is there twice"),
    "unknown_output": ("输出列不在已公布的字段表中", "the output is not published for this kind"),
    "output_missing": ("缺少必需的输出列", "a required output column is missing"),
    # rows
    "row_id": ("行号(_id)缺失或含有不允许的字符", "the row's _id is missing or has characters that are not allowed"),
    "row_id_twice": ("行号(_id)重复", "the row's _id is there twice"),
    "unknown_column": ("该行有不属于任何列的内容", "the row has a cell that belongs to no column"),
    "not_a_text": ("单元格必须是文本", "a cell must be written as text"),
    "empty_output": ("必需的输出为空", "a required output is empty"),
    # cells
    "cell_too_long": ("单元格超过 500 个字符", "the cell is longer than 500 characters"),
    "broken": ("单元格语法错误", "the cell cannot be understood"),
    "not_allowed": ("单元格使用了不允许的写法", "the cell uses something that is not allowed"),
    "unknown_name": ("单元格引用了未公布的字段", "the cell refers to a field that is not published"),
    "unknown_function": ("单元格使用了未知的函数", "the cell calls an unknown function"),
    "text_for_number": ("此处应为数字,却写成了文本", "a number belongs here, not a text"),
    "number_for_text": ("此处应为文本(加引号),却写成了数字", "a text in quotes belongs here, not a number"),
    "not_whole": ("只允许整数(金额以分为单位)", "only whole numbers are allowed (money is fen)"),
    "unknown_value": ("该字段没有这个取值", "the field never has this value"),
    "wrong_type": ("类型不符", "the types do not fit"),
    # what people write in an editor
    "not_a_number": ("应为数字", "a number belongs here"),
    "not_a_time": ("应为时间, 如 2026-11-01 00:00", "a time belongs here, like 2026-11-01 00:00"),
    "not_a_truth": ("应为是或否", "yes or no belongs here"),
    "quotes": ("不能同时有两种引号, 也不能有反斜杠或换行", "not both kinds of quotes, no backslash, no line break"),
    "out_of_range": ("超出范围", "out of range"),
    "ends_first": ("结束早于开始", "it ends before it begins"),
    "needs_contains": ("列表字段请用 contains($, \"…\")", "a list is asked with contains($, \"…\")"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. ``row`` is the row's place from 1 and ``row_id`` its id; 0 and empty when it is not about a row."""

    code: str
    table: str = ""
    row: int = 0
    row_id: str = ""
    column: str = ""
    detail: str = ""
    line: int = 0  # of the file the row was read from, 0 when it came from none

    @property
    def zh(self) -> str:
        return _with(TEXTS[self.code][0], self.detail, ":")

    @property
    def en(self) -> str:
        return _with(TEXTS[self.code][1], self.detail, ": ")

    def shown(self) -> dict[str, str | int]:
        """As the API answers it."""
        return {**asdict(self), "zh": self.zh, "en": self.en}


def _with(text: str, detail: str, joint: str) -> str:
    return f"{text}{joint}{detail}" if detail else text
