"""Why an action was refused, in Chinese and English, with what a person does then: one entry for each code (R25).

A refusal's own message is English: ``{message}`` stands in English sentences only; ``{about}`` are the ids in it.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from orderhub.domain.decision_options import OPTIONS

type Pair = tuple[str, str]

LOOK: Pair = ("刷新后按现在的状态再选", "look again and choose by what it is now")
OTHERWISE: tuple[str, str, Pair] = (
    "操作被拒绝（{code}）", "Refused: {message}", ("按提示更正后再试", "correct it and try again"),
)  # fmt: skip

REFUSALS: Mapping[str, tuple[str, str, Pair]] = MappingProxyType(
    {
        "no_such_order": ("没有这个订单{about}", "No such order: {message}", ("核对单号", "check the id")),
        "no_such_code": (
            "没有待打包的包裹要它{about}", "No parcel to be packed needs it: {message}",
            ("核对条码，或更新打包清单", "check the code, or load the list anew"),
        ),
        "no_such_parcel": ("没有这个包裹{about}", "No such parcel: {message}", LOOK),
        "order_not_known": (
            "店铺还没有给出订单内容", "The shop has not said yet what this order is",
            ("等店铺的消息，或等下一次拉单", "wait for the shop's message, or for the next pull"),
        ),
        "too_many_reveals": (
            "一小时内查看次数已满（{most} 次）", "Looked at {most} receivers within this hour",
            ("下一个整点后再看，或请同事查看", "look again after the full hour, or ask a colleague"),
        ),
        "too_many_tries": (
            "提交太频繁", "Too many tries",
            ("一小时后再试，或联系客服", "try again in an hour, or ask customer service"),
        ),
        "not_now": (
            "现在打不开，没有任何改动", "It cannot be opened right now; nothing was changed",
            ("过一会儿再试", "try again in a moment"),
        ),
        "already_delivered": (
            "包裹已签收，不能改址", "The parcel was delivered: its address cannot change",
            ("请买家申请退换货", "let the buyer ask for a return"),
        ),
        "order_unknown": (
            "店铺还没有给出订单内容{about}", "The order's content is not known yet: {message}",
            ("等店铺的消息，或等下一次拉单", "wait for the shop's message, or for the next pull"),
        ),
        "no_sender": (
            "没有设置寄件人{about}", "No sender is set: {message}",
            ("在密钥 hub 的 senders 里填写", "enter it in senders of the secret hub"),
        ),
        "unprintable_waybill": (
            "运单号无法印成条码{about}", "The waybill number cannot be a code: {message}",
            ("向承运商核对运单号", "check the number with the carrier"),
        ),
        "no_such_decision": ("没有这张卡片{about}", "No such card: {message}", ("核对编号", "check its id")),
        "no_such_option": (
            "没有这个选项{about}", "No such option: {message}",
            ("从卡片的选项里选", "choose one of the card's options"),
        ),
        "already_made": ("已由 {made_by} 选择「{option}」", "Decided already: {message}", LOOK),
        "order_ended": ("订单已结束{about}", "The order has ended: {message}", LOOK),
        "order_cancelled": ("订单已取消{about}", "The order was cancelled: {message}", LOOK),
        "order_changed": ("订单内容又变了{about}", "The order changed again: {message}", LOOK),
        "asked_again": ("同一问题已重新提出{about}", "Asked again meanwhile: {message}", LOOK),
        "already_shipped": (
            "包裹已发出{about}", "The parcel has left: {message}",
            ("只能截回或等退货", "intercept the parcel, or wait for its return"),
        ),
        "already_dispatched": (
            "仓库已接单{about}", "The warehouse has it: {message}",
            ("先取消，再重新下单", "cancel it, then place it anew"),
        ),
        "number_known": ("已有运单号{about}", "There is a number: {message}", LOOK),
        "number_taken": (
            "运单号已属于订单 {order_id}", "The number belongs to {order_id}: {message}",
            ("核对面单后重新录入", "look at the label and enter it again"),
        ),
        "no_such_version": (
            "没有这个版本{about}", "No such version: {message}", ("从版本里选", "choose one of the versions"),
        ),
        "no_such_kind": (
            "没有这类规则{about}", "No such kind: {message}", ("从列表里选", "choose one of the list"),
        ),
        "no_such_row": ("没有这一行{about}", "No such row: {message}", LOOK),
        "switched_meanwhile": (
            "{by} 刚刚启用了 v{live}，这次没有改动", "{by} has just switched v{live} on; nothing was changed", LOOK,
        ),
        "already_live": ("这个版本已经启用", "This version is live already", LOOK),
        "untested": (
            "这个版本还没有回测", "This version was not back-tested",
            ("先回测，或写明为何不回测就启用", "back-test it, or write down why not"),
        ),
        "outdated": (
            "草稿写自 v{based_on}，现在启用的是 v{live}：启用会丢掉其间的改动",
            "The draft was written from v{based_on}; v{live} is live: what changed between would be undone",
            ("在启用版本上重写，或写明原因后启用", "write it anew from the live one, or write down why"),
        ),
        "no_reason": (
            "回滚到旧版本要写明原因", "To go back to v{message} needs a reason",
            ("在版本页写下原因", "write it down on the version's page"),
        ),
        "bad_period": ("时间段不对", "Bad period: {message}", ("最多 62 天", "at most 62 days")),
        "too_many_orders": (
            "订单太多", "Too many orders: {message}", ("缩短时间段", "take a shorter period"),
        ),
        "not_plain": (
            "这个版本有多张表，不能按表格编辑", "This version has several tables and is no plain grid",
            ("用 hub rules 导出为 JSON", "export it as JSON with hub rules"),
        ),
        "left_the_house": (
            "已通知合作方（{what}），不能撤回", "A partner was told since ({what}): it cannot be taken back",
            ("按现在的状态另作决定", "decide about what it is now"),
        ),
        "undo_over": (
            "撤回时限已过（{undo_until}）", "The time to take it back is over ({undo_until})",
            ("按现在的状态另作决定", "decide about what it is now"),
        ),
        "bad_parameter": (
            "填写有误{wrong}", "Wrong parameter: {message}",
            ("更正该参数后再提交", "correct the parameter and send it again"),
        ),
        "not_staff": (
            "您还没有订单中枢的账号", "You have no account at the order hub",
            ("请管理员在 人员 中添加", "ask an administrator to add you"),
        ),
        "stale_sign_in": (
            "这次登录已失效", "This sign-in is over", ("从登录页重新开始", "begin again at the sign-in page"),
        ),
        "no_sign_in": (
            "还没有配置企业微信登录", "Sign-in with WeCom is not set up",
            ("请管理员配置", "ask an administrator"),
        ),
        "last_administrator": (
            "至少要有一位管理员", "There must be an administrator",
            ("先添加另一位管理员", "add another administrator first"),
        ),
        "bad_request": ("请求有误", "Bad request: {message}", ("补全字段", "fill in what is missing")),
        "cannot_be_done": (
            "不能这样改址（包裹位置：{zone}）", "It cannot be done: {message}",
            ("按包裹现在的位置另选", "choose by where the parcel is now"),
        ),
        "nothing_to_bear": ("这次改址不用加收费用", "The change costs the buyer nothing", LOOK),
        "order_unpaid": (
            "订单到期未付款，正在关闭{about}", "It was not paid in time and is being ended: {message}", LOOK,
        ),
        "not_made": ("这张卡片还没有人决定", "Nobody has decided this yet", LOOK),
        "cannot_undo": (
            "这个选择不能撤回", "It cannot be taken back: {message}",
            ("按现在的状态另作决定", "decide about what it is now"),
        ),
        "not_here": (
            "这里做不了这个选择", "It cannot be chosen from here: {message}",
            ("在待决策页面操作", "use the page of decisions"),
        ),
        "not_yours": (
            "您的角色没有这项权限", "Your role has no leave for this",
            ("请管理员开通", "ask an administrator"),
        ),
        "no_such_run": (
            "没有这次执行记录{about}", "No such run: {message}",
            ("看当前的执行", "look at the current one"),
        ),
        "no_such_path": ("没有这个地址", "No such path: {message}", ("核对地址", "check the address")),
        "bad_filter": (
            "筛选条件不对", "Wrong filter: {message}", ("更正条件后再查", "correct it and ask again"),
        ),
        "bad_bulk": (
            "这些卡片不能一并决定", "These cannot be decided together: {message}",
            ("选同一类的卡片，每次最多 50 张", "choose cards of one class, at most 50"),
        ),
        "too_many": ("订单太多", "Too many orders: {message}", ("缩小范围", "narrow the list")),
        "too_large": ("内容太大", "Too large: {message}", ("分批提交", "send it in parts")),
        "cannot_split": (
            "不能这样拆单", "It cannot be split so: {message}",
            ("按子订单核对数量", "check the lines and their pieces"),
        ),
        "stock_not_firm": ("库存还没有锁定", "The stock is not firm: {message}", LOOK),
        "reserved_otherwise": (
            "这一行已锁定其他库存", "Reserved otherwise: {message}", ("先释放再锁定", "release it, then reserve anew"),
        ),
    }
)  # fmt: skip

PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        **{one.name: one.words.zh for option in OPTIONS.values() for one in option.parameters},
        "amount_fen": "退款金额", "reason": "原因", "roles": "角色", "name": "收件人", "phone": "电话",
        "province": "省",
        "city": "市", "district": "区县", "detail": "详细地址",
    }
)  # fmt: skip
"""Parameter → what a form calls it, in Chinese."""

WRONG: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), zh)
    for pattern, zh in (
        (r"is missing", "没有填"),
        (r"is too long: \d+ signs, at most (\d+)", "太长，最多 {0} 个字"),
        (r"contains signs that cannot be seen", "含有看不见的字符"),
        (r"does not have the form", "格式不对"),
        (r"must be from (-?\d+) to (-?\d+)", "须在 {0} 到 {1} 之间"),
        (r"must be a whole number", "须为整数"),
        (r"must be true or false", "须为是或否"),
        (r"must be an instant", "须为时间"),
        (r"must be in the future, at most (\d+) days ahead", "须在以后，最多 {0} 天"),
        (r"is too late", "太晚，平台会先自动处理"),
        (r"is too much: (\d+) fen", "超过还能退的 {0} 分"),
        (r"must be one of this order's lines: (.+)", "须为本单的子订单: {0}"),
        (r"is what this line sends already", "与现在的相同"),
        (r"must have (\d+) of .+; these have: (.+)", "没有 {0} 件, 有货的仓库: {1}"),
        (r"is no other gift of the live matrix; these are: (.+)", "不是可选的赠品, 可选: {0}"),
        (r"takes no such parameter", "不是这个选项的内容"),
        (r"must be", "不在可选范围内"),
    )
)
"""What is wrong with a parameter, as ``read_parameters`` says it, in Chinese; the first that is found."""
