"""What SF is told about a parcel, and what is read from its answers (sheet §4.1–§4.3)."""

import json
from dataclasses import replace

import pytest

from orderhub.adapters.sf.change_mapping import interception_message, request_id_of, update_message
from orderhub.adapters.sf.mapping import SfProduct, create_message, update_accepted, waybill_of
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.domain.order import Receiver, Region
from orderhub.ports.partners import Interception
from tests.unit.sf_samples import NUMBER, RECEIVER, REFERENCE, SENDER, line, msg_data, parcel


def test_a_parcel_is_told_with_both_parties_the_card_and_the_goods_that_need_carrying() -> None:
    lines = (line(1), line(2, "FP-001", name="滤芯"), line(3, "CARD", is_physical=False))
    message = create_message(parcel(lines=lines), SENDER, "7551234567", SfProduct())
    assert message["orderId"] == REFERENCE
    assert (message["monthlyCard"], message["payMethod"], message["expressTypeId"]) == ("7551234567", 1, 2)
    assert message["isReturnRoutelabel"] == 1
    sender, consignee = message["contactInfoList"]
    assert (sender["contactType"], sender["tel"], sender["company"]) == (1, "075512345678", "宠物之家")
    assert consignee == {
        "contactType": 2,
        "contact": "张三",
        "mobile": "13800130001",
        "country": "CN",
        "province": "上海市",
        "city": "上海市",
        "county": "浦东新区",
        "address": "人民路1号3栋502室",
    }
    assert [(cargo["name"], cargo["count"]) for cargo in message["cargoDetails"]] == [
        ("宠物智能喂食器", 1),
        ("滤芯", 2),
    ]
    assert message["remark"] == "请轻放 A+B 100%"
    json.dumps(message)


def test_a_virtual_number_with_an_extension_is_sent_as_a_telephone() -> None:
    message = create_message(parcel(receiver=replace(RECEIVER, phone="13800130001-1234")), SENDER, "1", SfProduct())
    assert message["contactInfoList"][1]["tel"] == "13800130001-1234"


def test_a_long_note_is_cut_to_what_sf_prints_and_an_empty_one_is_not_sent() -> None:
    long = create_message(parcel(receiver=replace(RECEIVER, note="放\n门口 " * 60)), SENDER, "1", SfProduct())
    assert len(long["remark"]) == 100
    assert "\n" not in long["remark"]
    assert "remark" not in create_message(parcel(receiver=replace(RECEIVER, note=" ")), SENDER, "1", SfProduct())


def test_another_product_is_a_setting() -> None:
    assert create_message(parcel(), SENDER, "1", SfProduct(express_type_id=231))["expressTypeId"] == 231


@pytest.mark.parametrize("reference", ["", "x" * 65])
def test_a_reference_that_sf_cannot_keep_is_refused(reference: str) -> None:
    with pytest.raises(PartnerRejected, match="reference-too-long"):
        create_message(parcel(reference), SENDER, "1", SfProduct())


def test_nothing_physical_is_nothing_to_carry() -> None:
    with pytest.raises(PartnerRejected, match="nothing-to-carry"):
        create_message(parcel(lines=(line(1, is_physical=False),)), SENDER, "1", SfProduct())


def test_the_waybill_comes_with_what_its_label_prints() -> None:
    waybill = waybill_of(REFERENCE, msg_data())
    assert (waybill.reference, waybill.number) == (REFERENCE, NUMBER)
    assert waybill.routing["destRouteLabel"] == "021WB-H-4"
    assert waybill.routing["codingMapping"] == "S10"
    assert waybill.routing["twoDimensionCode"].startswith("MMM=")
    assert (waybill.routing["originCode"], waybill.routing["destCode"]) == ("755", "021")
    assert "errMsg" not in waybill.routing


def test_a_search_says_the_same_with_other_types_and_spellings() -> None:
    found = msg_data(filterResult="2", originCode=None, destCode=None) | {
        "origincode": "755",
        "destcode": "021",
    }
    found["waybillNoInfoList"] = [{"waybillType": "1", "waybillNo": NUMBER}]
    assert waybill_of(REFERENCE, found) == waybill_of(REFERENCE, msg_data())


def test_child_waybills_do_not_hide_the_mother() -> None:
    numbers = [{"waybillType": 2, "waybillNo": "SF0000000000001"}, {"waybillType": 1, "waybillNo": NUMBER}]
    assert waybill_of(REFERENCE, msg_data(waybillNoInfoList=numbers)).number == NUMBER


def test_a_waybill_without_its_label_data_is_still_a_waybill() -> None:
    answer = msg_data(routeLabelInfo=[{"code": "0010", "message": "no label", "routeLabelData": None}])
    assert waybill_of(REFERENCE, answer).routing == {"originCode": "755", "destCode": "021"}


@pytest.mark.parametrize("verdict", [3, "3"])
def test_an_address_that_sf_does_not_serve_is_a_refusal_even_with_a_number(verdict: object) -> None:
    with pytest.raises(PartnerRejected) as caught:
        waybill_of(REFERENCE, msg_data(filterResult=verdict, remark="1"))
    assert (caught.value.partner, caught.value.code, caught.value.message) == ("sf", "filter-3", "1")


@pytest.mark.parametrize(
    "changes",
    [
        {"waybillNoInfoList": None},
        {"waybillNoInfoList": []},
        {"waybillNoInfoList": "SF7444400031887"},
        {"waybillNoInfoList": [{"waybillType": 1, "waybillNo": ""}]},
        {"waybillNoInfoList": [{"waybillType": 1, "waybillNo": None}]},
        {"waybillNoInfoList": [{"waybillType": 2, "waybillNo": NUMBER}]},
        {"waybillNoInfoList": [{"waybillType": 1, "waybillNo": "<b>SF</b>"}]},
        {"waybillNoInfoList": [{"waybillType": 1, "waybillNo": n} for n in (NUMBER, "SF7444400031888")]},
        {"filterResult": 9},
        {"filterResult": 1, "waybillNoInfoList": None},
        {"orderId": "youzan-E2-1-1"},
    ],
)
def test_a_success_that_does_not_name_one_waybill_of_this_order_is_unclear(
    changes: dict[str, object],
) -> None:
    with pytest.raises(PartnerUnavailable) as caught:
        waybill_of(REFERENCE, msg_data(**changes))
    assert caught.value.unclear is True


def test_a_cancel_is_done_refused_or_unclear() -> None:
    update_accepted({"resStatus": 2})
    update_accepted({"resStatus": "2"})
    with pytest.raises(PartnerRejected, match="resStatus-1"):
        update_accepted({"resStatus": 1})
    with pytest.raises(PartnerUnavailable) as caught:
        update_accepted({})
    assert caught.value.unclear is True


def test_another_receiver_is_told_whole_and_nothing_else_of_the_order() -> None:
    message = update_message(parcel(receiver=Receiver("李四", "13800130002", "世纪大道8号")), NUMBER)
    assert set(message) == {
        "language", "orderId", "dealType", "isConfirmNew", "waybillNoInfoList", "destContactInfo",
    }  # fmt: skip
    assert message["destContactInfo"] == {
        "contact": "李四",
        "country": "CN",
        "province": "上海市",
        "city": "上海市",
        "county": "浦东新区",
        "address": "世纪大道8号",
        "tel": "13800130002",
        "mobile": "13800130002",
    }


def test_a_phone_that_is_no_mobile_leaves_no_mobile_behind() -> None:
    told = update_message(parcel(receiver=replace(RECEIVER, phone="021-55556666")), NUMBER)["destContactInfo"]
    assert (told["tel"], told["mobile"]) == ("021-55556666", "")


TO = Receiver("李四", "13800130002", "文三路9号")


@pytest.mark.parametrize(
    ("wish", "service", "target"),
    [
        (
            Interception("redirect", TO, Region("浙江省", "杭州市", "西湖区")),
            "1",
            {"province": "浙江省", "city": "杭州市", "county": "西湖区", "address": "文三路9号", "countryCode": "CN",
             "contact": "李四", "phone": "13800130002"},
        ),
        (
            Interception("return"),
            "2",
            {"province": "广东省", "city": "深圳市", "county": "南山区", "address": "科技园1号", "countryCode": "CN",
             "contact": "仓库", "phone": "075512345678", "company": "宠物之家"},
        ),
        (Interception("receiver", TO), "8", {"contact": "李四", "phone": "13800130002"}),
    ],
    ids=["redirect", "return", "receiver"],
)  # fmt: skip
def test_each_wish_has_its_service_and_names_where_the_parcel_goes(
    wish: Interception, service: str, target: dict[str, str]
) -> None:
    assert interception_message(NUMBER, wish, SENDER, "7551234567") == {
        "waybillNo": NUMBER,
        "serviceCode": service,
        "role": "1",
        "payMode": "4",
        "monthlyCardNo": "7551234567",
        "newDestAddress": target,
    }


@pytest.mark.parametrize(
    "wish",
    [Interception("redirect", TO), Interception("redirect", region=Region("a", "b", "c")), Interception("receiver")],
)
def test_a_wish_that_lacks_what_it_needs_is_refused_here(wish: Interception) -> None:
    with pytest.raises(PartnerRejected) as caught:
        interception_message(NUMBER, wish, SENDER, "7551234567")
    assert caught.value.code == "incomplete-wish"
    assert "李四" not in str(caught.value)


def test_a_wish_does_not_show_its_receiver() -> None:
    assert "李四" not in repr(Interception("receiver", TO))


@pytest.mark.parametrize("data", [[], "CUS1", 1, True])
def test_an_answer_that_is_neither_nothing_nor_an_object_is_unclear(data: object) -> None:
    with pytest.raises(PartnerUnavailable) as caught:
        request_id_of(data)
    assert caught.value.unclear is True
