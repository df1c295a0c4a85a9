"""What a packer's camera sees: a film of barcodes, which Chromium plays as its camera."""

from __future__ import annotations

from pathlib import Path

from barcode import EAN13, Code128
from PIL import Image, ImageDraw

WIDTH, HEIGHT = 640, 480
FRAMES_A_SECOND = 10


def film(file: Path, *codes: str, frames: int = 12) -> Path:
    """A film, over and over: each code for so many frames, 13 digits as EAN-13, anything else as Code 128."""
    head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAMES_A_SECOND}:1 Ip A1:1 C420jpeg\n".encode()
    colourless = bytes([128]) * (WIDTH * HEIGHT // 2)
    shown = [b"FRAME\n" + _picture(code).tobytes() + colourless for code in codes]
    file.write_bytes(head + b"".join(one * frames for one in shown))
    return file


def _picture(code: str) -> Image.Image:
    """A code on a grey table, as bars of 3 pixels a module."""
    is_ean = len(code) == 13 and code.isdigit()
    (bars,) = EAN13(code).build() if is_ean else Code128(code).build()
    module = 3
    left = (WIDTH - len(bars) * module) // 2
    image = Image.new("L", (WIDTH, HEIGHT), 170)
    pen = ImageDraw.Draw(image)
    pen.rectangle((max(0, left - 30), 140, WIDTH - max(0, left - 30), 340), fill=250)
    for place, sign in enumerate(bars):
        if sign == "1":
            pen.rectangle((left + place * module, 170, left + (place + 1) * module - 1, 310), fill=15)
    return image
