"""One way of writing: full width, traditional characters, labels, phones, separators and fillers go."""

import re
import unicodedata

from orderhub.address.numerals import HAN

MAX_LENGTH = 300  # characters; the longest real ones have about 120

_TRADITIONAL = str.maketrans(
    "臺灣縣區鄉鎮號樓層棟東門廣國華陽雲長寧龍慶澤興關園場廈單戶義豐貴遼漢濟蘇陝黃晉贛閩粵瓊鐵頭島嶺橋錦緣圍營馬鳥萬億爾烏魯齊濱瀋滬衛蘭貝賓鹽鄭開農機務術產業環線總觀納葉麗鳳鵬嶼腳莊廟廳邊遠運過達進連鄰鐘鎖陸隊階際離雙雞電響頂項順須領顏風飛馮駐駿驛麥會內從倉傑傳優兩劉創劃動勝協單廠彌後復徑恆應擴攔數斷時書來楊極榮樂樹橫檢歐歷歸殼無煙熱燈爐獅獎瑪畢當發眾碼礦種積穩窩競筆範紅紀約級純紙組細終結給絡統經綠維網縱織繼續羅聖聯聲職肅腦舊藍藝藥處衝補裝見規視親覺計記設許試話該認語誠說調談請論講識議護讀變負財貢貨貿費資賢質贈車軍軟軸較輔輪輕轉辦邁還郵鄧醫釋針鋼錢錄鍵鏡閘問間閣閱隨險雜難靈靜韓頓頻類飯館駕驗體鬧魚鮮鴻鶴麵黨點齡",
    "台湾县区乡镇号楼层栋东门广国华阳云长宁龙庆泽兴关园场厦单户义丰贵辽汉济苏陕黄晋赣闽粤琼铁头岛岭桥锦缘围营马鸟万亿尔乌鲁齐滨沈沪卫兰贝宾盐郑开农机务术产业环线总观纳叶丽凤鹏屿脚庄庙厅边远运过达进连邻钟锁陆队阶际离双鸡电响顶项顺须领颜风飞冯驻骏驿麦会内从仓杰传优两刘创划动胜协单厂弥后复径恒应扩拦数断时书来杨极荣乐树横检欧历归壳无烟热灯炉狮奖玛毕当发众码矿种积稳窝竞笔范红纪约级纯纸组细终结给络统经绿维网纵织继续罗圣联声职肃脑旧蓝艺药处冲补装见规视亲觉计记设许试话该认语诚说调谈请论讲识议护读变负财贡货贸费资贤质赠车军软轴较辅轮轻转办迈还邮邓医释针钢钱录键镜闸问间阁阅随险杂难灵静韩顿频类饭馆驾验体闹鱼鲜鸿鹤面党点龄",
)
_SEPARATORS = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff,，。.;；、/|·:：\"“”'‘’_]+"
)
_LABELS = re.compile(
    r"(?:收货人|收件人|联系人|姓名|手机号码?|联系电话|电话|所在地区|详细地址|收货地址|地址|邮编)[:：]?"
)
_PHONES = re.compile(
    r"(?<!\d)(?:\+?86-?)?1[3-9]\d{9}(?!\d)"
    r"|(?<!\d)(?:\+?86-?)?1[3-9]\d[ -]\d{4}[ -]\d{4}(?!\d)"
    r"|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)"
)
_DASHES = re.compile(r"[—–~－―]|(?<=\d)一(?=\d)")
_LOOSE_DASHES = re.compile(rf"-(?=-)|(?<={HAN})-(?={HAN})")
_FILLERS = re.compile(
    r"(?<=香港)(?:特别行政区)?(?:香港岛|九龙(?!城)|新界)"
    r"|(?<=澳门)(?:特别行政区)?(?:澳门半岛|氹仔|路环|澳门)"
    r"|雄安新区(?=容城|雄县|安新)"
    r"|(?:省直辖县级行政区划|自治区直辖县级行政区划|省直辖县级行政单位|省直辖行政单位|省直辖)"
    rf"|市辖区(?={HAN})|(?<=重庆市)县(?={HAN}{{2,8}}县)"
)


def normalise(text: str) -> str:
    """The address in one way of writing, at most MAX_LENGTH characters. Normalising twice changes nothing.

    A pass is repeated until it changes nothing: what it removes can bring the halves of a label together.
    """
    before, now = None, text
    while now != before:
        before, now = now, _pass(now)
    return now


def is_too_long(text: str) -> bool:
    """Whether normalising cuts something off."""
    return len(text) > MAX_LENGTH and len(_SEPARATORS.sub("", text)) > MAX_LENGTH


def _pass(text: str) -> str:
    text = unicodedata.normalize("NFKC", text[: 4 * MAX_LENGTH]).upper()
    text = _LABELS.sub(" ", _PHONES.sub(" ", text)).translate(_TRADITIONAL)
    text = _LOOSE_DASHES.sub("", _DASHES.sub("-", _SEPARATORS.sub("", text)))
    return _FILLERS.sub("", text)[:MAX_LENGTH]
