"""The brand that a fresh laptop hub serves: invented keys, its simulators' settings, its first stock.

Nothing here is a real credential or a real person. `hub up` writes the credentials into run.json so that
independent clients can play the partners.
"""

import json
from typing import Any

YOUZAN_KEY_VERSION = "1"
# 16 bytes, base64: the shop's key under which the platform enciphers phones and names.
YOUZAN_KEY = "MDEyMzQ1Njc4OWFiY2RlZg=="

CREDENTIALS: dict[str, dict[str, str]] = {
    "youzan": {
        "client_id": "f0e1d2c3b4a5968778",
        "client_secret": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "kdt_id": "12345678",
    },
    "wangdiantong": {
        "sid": "demo_sid",
        "appkey": "demo-key",
        "appsecret": "demo-secret",
        "shop_no": "demo_shop",
        "warehouse_no": "WH01",
    },
    "sf": {
        "partner_id": "DEMOHUB1",
        "check_word": "demoCheckWord0123456789abcdefABCD",
        "month_card": "7551234567",
        "webhook_token": "demo-routes-3f9c1b7a5e2d4c68",
    },
    "ems": {
        "sender_no": "1100000000001",
        "authorization": "demoEmsCode00001",
        "sign_key": "ZGVtby1lbXMtc2lnbi1rIQ==",
        "webhook_token": "demo-steps-8b2d5f0c9e7a4163",
    },
    "kingdee": {
        "acct_id": "60b86b4a9ade83",
        "user": "Administrator",
        "app_id": "200421_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
        "app_secret": "demoKingdeeSecret0123456789",
        "org_num": "100",
        "lcid": "2052",
    },
    "kuaidiniao": {
        "business_id": "1237100",
        "app_key": "demo0000-0000-0000-0000-kuaidiniao00",
    },
    "wecom": {
        "corp_id": "ww0000000000000001",
        "agent_id": "1000002",
        "corp_secret": "demoWecomSecret0123456789abcdefABCD",
        "token": "demoWecomToken",
        "encoding_aes_key": "ZGVtb0VuY29kaW5nQUVTS2V5Rm9yT3JkZXJIdWIwMDE",
    },
}

# Who is told of decisions, by role; one of them leads the others and is told second.
PEOPLE = {
    "customer_service": ["cs01"],
    "operations": ["ops01"],
    "finance": ["fin01"],
    "purchasing": ["buy01"],
    "lead": ["lead01"],
}
ROBOTS = {"purchasing": "demo-robot-purchasing"}

# Who may sign in to the console, one of each role: id → name, roles.
STAFF = {
    "cs01": ("李客服", ["customer_service"]),
    "pack01": ("王打包", ["packer"]),
    "ops01": ("赵运营", ["operations"]),
    "fin01": ("钱财务", ["finance"]),
    "buy01": ("孙采购", ["purchasing"]),
    "boss01": ("周老板", ["owner"]),
    "admin01": ("吴管理", ["administrator"]),
}

# Who sends the parcels; the carriers print it on the label.
SENDER = {
    "name": "示例仓库",
    "phone": "13800130000",
    "province": "浙江省",
    "city": "杭州市",
    "district": "余杭区",
    "detail": "仓前街道示例路1号",
}

OTHER_WAREHOUSES = "WH02"
"""Used when the usual warehouse is short; empty of goods until somebody brings some."""

STOCK = [
    {"spec_no": "ZP-2026-01", "warehouse_no": "WH01", "stock_num": 1000},
    {"spec_no": "ZP-2026-02", "warehouse_no": "WH01", "stock_num": 500},
    {"spec_no": "FP-001", "warehouse_no": "WH01", "stock_num": 1000},
    {"spec_no": "LX-100", "warehouse_no": "WH01", "stock_num": 800},
    {"spec_no": "ZP-MAT-01", "warehouse_no": "WH01", "stock_num": 300},  # of the sample webhooks
]


def simulator_settings(origin: str) -> dict[str, dict[str, Any]]:
    """What each partner simulator is started with; `origin` is where the hub receives webhooks."""
    youzan, wangdiantong, sf, ems = (CREDENTIALS[name] for name in ("youzan", "wangdiantong", "sf", "ems"))
    return {
        "youzan": {
            **youzan,
            "keys": {YOUZAN_KEY_VERSION: YOUZAN_KEY},
            "webhook_url": f"{origin}/webhooks/youzan",
            "receive_after_ms": 120_000,
        },
        "wangdiantong": {
            "sid": wangdiantong["sid"],
            "appkey": wangdiantong["appkey"],
            "appsecret": wangdiantong["appsecret"],
            "shop_no": wangdiantong["shop_no"],
            "default_warehouse": wangdiantong["warehouse_no"],
        },
        "sf": {
            "partner_id": sf["partner_id"],
            "check_word": sf["check_word"],
            "month_card": sf["month_card"],
            "webhook_url": f"{origin}/webhooks/sf/{sf['webhook_token']}",
        },
        "ems": {
            "sender_no": ems["sender_no"],
            "authorization": ems["authorization"],
            "sign_key": ems["sign_key"],
            "webhook_url": f"{origin}/webhooks/ems/{ems['webhook_token']}",
        },
        "kingdee": {
            **CREDENTIALS["kingdee"],
            "customers": ["CUST-YOUZAN"],
            "materials": [*(row["spec_no"] for row in STOCK), "FREIGHT"],
        },
        "kuaidiniao": {
            **CREDENTIALS["kuaidiniao"],
            "webhook_url": f"{origin}/webhooks/kuaidiniao",
        },
        "wecom": {
            **CREDENTIALS["wecom"],
            "agent_id": int(CREDENTIALS["wecom"]["agent_id"]),
            "callback_url": f"{origin}/webhooks/wecom",
            "members": sorted({user for users in PEOPLE.values() for user in users} | set(STAFF)),
            "robot_keys": list(ROBOTS.values()),
        },
    }


def secrets() -> dict[str, str]:
    """The JSON text of every secret, by its logical id in template.yaml."""
    youzan = CREDENTIALS["youzan"]
    return {
        name: json.dumps(value)
        for name, value in {
            "YouzanSecret": {
                "apps": [{"client_id": youzan["client_id"], "client_secret": youzan["client_secret"]}],
                "kdt_ids": [youzan["kdt_id"]],
                "body_sign_shops": [],
                "sender_mobile": SENDER["phone"],
            },
            "YouzanKeysSecret": {youzan["kdt_id"]: {YOUZAN_KEY_VERSION: YOUZAN_KEY}},
            "WangdiantongSecret": CREDENTIALS["wangdiantong"],
            "SfSecret": {**CREDENTIALS["sf"], "sender": SENDER},
            "EmsSecret": {**CREDENTIALS["ems"], "sender": SENDER},
            "KingdeeSecret": CREDENTIALS["kingdee"],
            "KuaidiniaoSecret": {**CREDENTIALS["kuaidiniao"], "accounts": {}, "sender": SENDER},
            "WecomSecret": {
                **CREDENTIALS["wecom"],
                "members": PEOPLE,
                "robots": ROBOTS,
                "escalation": {role: "lead" for role in PEOPLE if role != "lead"},
            },
            "HubSecret": {
                "phone_digest_key": "demo-phone-digest-key-0123456789abcdef",
                "api_token": "demo-api-token",
                "session_key": "demo-session-key-0123456789abcdef-0123",
                "senders": {"*": SENDER},
            },
        }.items()
    }
