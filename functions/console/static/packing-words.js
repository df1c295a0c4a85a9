// What the packing station says, in both languages; nothing here knows the screen.
"use strict";
const PackingWords = (() => {
  const english = document.documentElement.lang === "en";
  const t = (zh, en) => (english ? en : zh);

  // said → [on the screen, spoken]
  const REASONS = {
    wrong_item: [t("拿错了!", "Wrong item!"), t("停, 拿错了", "Stop, wrong item")],
    too_many: [t("多了一件!", "One too many!"), t("停, 多了一件", "Stop, one too many")],
    wrong_label: [t("面单不对!", "Wrong label!"), t("停, 面单不对", "Stop, wrong label")],
    shared: [t("手上是哪一种?", "Which one is it?"), t("条码共用, 选一种", "Shared barcode, choose one")],
    shared_first: [t("先扫面单", "Scan the label first"), t("条码共用, 先扫面单", "Shared barcode, scan the label first")],
    unknown: [t("待打包里没有它", "Nothing to be packed needs this"), t("没有这一单", "Not to be packed")],
  };
  const SHARED = t("不止一种商品用这个条码", "More than one product has this barcode");
  const STOPS = {
    address: t("停! 地址已改, 换新面单", "Stop! Another address: use the new label"),
    changing: t("停! 地址已改, 换新面单", "Stop! Another address: use the new label"),
    items: t("停! 商品已改, 重新拣货", "Stop! Other items: pick again"),
    gifts: t("停! 赠品已改, 看新面单", "Stop! Other gifts: see the new label"),
    label: t("停! 换新面单", "Stop! Use the new label"),
    relabel: t("停! 面单正在更换, 等新面单", "Stop! Its label is being replaced"),
    held: t("停! 订单冻结, 等决定", "Stop! The order is held"),
    cancelled: t("停! 订单已取消, 不要发", "Stop! The order was cancelled"),
    gone: t("停! 这一单已经出库", "Stop! This parcel has left"),
    packed: t("停! 这一单已经打包", "Stop! This parcel is packed already"),
  };
  const NEXT = {
    first: t("扫描商品或面单", "Scan a product or a label"), items: t("扫商品", "Scan the items"), more: t("继续扫商品", "Scan the other items"),
    label: t("扫面单", "Scan the label"), new_label: t("改过地址: 用新面单", "Changed: use the new label"), gifts: t("放赠品", "Put in the gift"),
  };
  const LABEL = {
    receiver: t("收件人见面单", "Receiver: see the label"),
    stick: t("贴", "HERE"),
    pieces: (number) => t(`共 ${number} 件`, `${number} pieces`),
    parcel: (parcel) => `${t("包裹", "Parcel")} ${parcel.parcel}/${parcel.parcels}`,
    label: (parcel, stickers) => `${t("面单", "Label")} ${parcel.waybill_number}` + stickers.map(({ name, sticker }) =>
      `, ${t("贴纸", "sticker")} ${name}: ${sticker.position} ${sticker.x_mm}, ${sticker.y_mm} mm`).join(""),
  };
  // keepsPage: whether a reload without a connection finds the page again.
  const line = (keepsPage) => ({
    waiting: t("连接中", "Connecting"), moving: t("在线", "Online"), decision: t("请重新登录", "Sign in again"),
    held: keepsPage ? t("离线, 照常打包", "Offline: go on packing") : t("离线, 别关页面", "Offline: keep this page open"),
  });
  const CAMERA = {
    open: t("用摄像头扫", "Use the camera"), close: t("关摄像头", "Close the camera"), opening: t("正在打开摄像头…", "Opening the camera…"),
    aim: t("把条码放进框里", "Hold the code in the frame"),
    NotAllowedError: t("没有允许用摄像头: 在浏览器设置里允许, 再点一次", "The camera is not allowed: allow it in the browser's settings, then try again"),
    NotFoundError: t("没有找到摄像头, 请用扫码枪或手输", "There is no camera: use a scanner, or type"),
    NotReadableError: t("摄像头被别的程序占用: 关掉它, 再点一次", "Another program has the camera: close it, then try again"),
    decoder: t("识别程序没有加载到: 连上网再点一次", "The code reader was not loaded: try again with a connection"),
    other: t("摄像头打不开", "The camera does not open"),
    taken: t("摄像头断开了, 再点一次", "The camera was disconnected: try again"),
    hidden: t("离开页面时摄像头已关, 再点一次", "The camera was closed while the page was away: try again"),
  };
  // What this browser lacks and what that means for the packer.
  const LIMITS = {
    store: t("此浏览器不能保存打包结果, 不能在这里打包", "This browser cannot keep results: no packing here"),
    offline: t("此浏览器不能离线打开: 断网时别关、别刷新这一页", "This browser cannot open the page offline: without a network, do not close or reload it"),
    camera: t("此浏览器不能用摄像头, 请用扫码枪或手输", "This browser has no camera: use a scanner, or type"),
    insecure: t("页面不是 https, 不能用摄像头和离线", "The page was not opened over https: no camera, not offline"),
    tone: t("此浏览器没有提示音, 请看屏幕边框", "This browser plays no tones: watch the screen's edge"),
    voice: t("此浏览器不会念赠品, 请看屏幕", "This browser does not speak: read the gift on the screen"),
    wecom: t("在企业微信里: 点右上角 ⋯, 用浏览器打开就有", "In WeCom: open it in the browser (⋯ at the top right) to have them"),
  };
  // Names of gifts are Chinese whatever the page's language is, so they are spoken as Chinese.
  const gifts = (parcel) => parcel.gifts.map((gift) => `赠品, ${gift.name}, ${gift.quantity} 件${gift.sticker ? `, 贴${gift.sticker.position}` : ""}`).join("。");

  return { english, t, REASONS, SHARED, STOPS, NEXT, LABEL, CAMERA, LIMITS, line, gifts };
})();
