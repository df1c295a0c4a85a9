"""What SF returns to be printed on a label (§4.1 routeLabelData)."""

from __future__ import annotations

import zlib

from local.partners.chassis import Doc

_CITIES = {
    "北京": "010",
    "上海": "021",
    "深圳": "755",
    "广州": "020",
    "杭州": "571",
    "成都": "028",
    "拉萨": "891",
}


def city_code(party: Doc) -> str:
    """The area code of the party's city; cities not listed get a stable one."""
    city = str(party.get("city") or party.get("province") or party.get("address") or "")
    known = next((code for name, code in _CITIES.items() if city.startswith(name)), None)
    return known or f"{300 + zlib.crc32(city.encode()) % 600:03d}"


def route_label(order: Doc, origin: str, target: str) -> Doc:
    waybill_no = order["waybill_nos"][0]
    place = "".join(str(order["consignee"].get(key) or "") for key in ("city", "county", "address"))
    mark = zlib.crc32(place.encode())
    department = f"{target}{chr(65 + mark % 26)}{chr(65 + mark // 26 % 26)}"
    team, limit = f"{mark % 999 + 1:03d}", "T6" if str(order["request"].get("expressTypeId")) == "2" else "T4"
    check = f"{mark % 46656:04x}"
    code = (
        f"MMM={{'k1':'{target}W','k2':'{department}','k3':'{team}','k4':'{limit}',"
        f"'k5':'{waybill_no}','k6':'','k7':'{check}'}}"
    )
    return {
        "code": "1000",
        "message": None,
        "routeLabelData": {
            "waybillNo": waybill_no,
            "sourceTransferCode": f"{origin}W",
            "sourceCityCode": origin,
            "sourceDeptCode": f"{origin}A",
            "sourceTeamCode": "",
            "destCityCode": target,
            "destDeptCode": department,
            "destDeptCodeMapping": "",
            "destTeamCode": team,
            "destTeamCodeMapping": "",
            "destTransferCode": f"{target}W",
            "destRouteLabel": f"{target}W-{department}-{team}",
            "proName": "",
            "cargoTypeCode": "C201",
            "limitTypeCode": limit,
            "expressTypeCode": "B1",
            "codingMapping": f"S{mark % 90 + 10}",
            "codingMappingOut": "",
            "xbFlag": "0",
            "printFlag": "000000000",
            "twoDimensionCode": code,
            "proCode": limit,
            "printIcon": "00000000",
            "abFlag": "",
            "newAbFlag": "",
            "checkCode": check,
            "destPortCode": "",
            "destCountry": "",
            "goodsNumber": "",
            "errMsg": "",
        },
    }
