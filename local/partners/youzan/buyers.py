"""Invented buyers, for orders that name none: the same seed is the same person."""

from __future__ import annotations

from local.partners.youzan.model import Buyer

_NAMES = ("张三", "李四", "王五", "赵六", "钱七", "孙八", "周九", "吴十")
_PLACES = (
    ("浙江省", "杭州市", "西湖区", "测试路{n}号"),
    ("广东省", "深圳市", "南山区", "样例大道{n}号2栋301室"),
    ("四川省", "成都市", "武侯区", "示范街{n}号"),
    ("北京市", "北京市", "朝阳区", "虚构胡同{n}号院5号楼"),
    ("江苏省", "南京市", "鼓楼区", "演示路{n}弄6号"),
)


def invented(seed: int) -> Buyer:
    """A buyer with a phone 1380013xxxx."""
    province, city, district, detail = _PLACES[seed % len(_PLACES)]
    return Buyer(
        name=f"{_NAMES[seed % len(_NAMES)]}{seed % 1000:03d}",
        phone=f"1380013{seed % 10_000:04d}",
        province=province,
        city=city,
        district=district,
        detail=detail.format(n=seed % 900 + 1),
    )
