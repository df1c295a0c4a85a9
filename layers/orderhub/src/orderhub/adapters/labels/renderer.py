"""Layouts drawn: PDF with the font's used signs embedded, PNG from that very PDF at the printer's dots."""

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from orderhub.adapters.labels.boxes import DOT, HEIGHT, WIDTH, Bars, Box, Frame, Grid, Layout, Ring, Text
from orderhub.adapters.labels.font import BASELINE, font_file, metrics
from orderhub.adapters.labels.layout import lay_out
from orderhub.domain.label import LabelContent
from orderhub.ports.labels import DrawnLabel, LabelFormat

if TYPE_CHECKING:
    from fpdf import FPDF

_POINT = 25.4 / 72
_FONT = "label"
_BLACK, _WHITE = 0, 255
_INSET = 0.01
"""mm. Printers paint every dot that a shape touches: a bar that ends on a dot's edge must not touch the next dot."""
_SCALE = _POINT / DOT * (1 - 2e-5)  # 800 × 1200: PDF rounds its page up by less than a dot
_MADE = datetime(2026, 1, 1, tzinfo=UTC)  # the same content gives the same bytes


class PdfLabels:
    """LabelRenderer."""

    def render(self, content: LabelContent, form: LabelFormat) -> DrawnLabel:
        layout = lay_out(content, metrics())
        pdf = draw_pdf(layout)
        if form is LabelFormat.PDF:
            return DrawnLabel(pdf, "application/pdf", layout.warnings)
        return DrawnLabel(draw_png(pdf), "image/png", layout.warnings)


def draw_pdf(layout: Layout) -> bytes:
    """One page of 100 × 150 mm that printers do not scale."""
    from fpdf import FPDF, ViewerPreferences

    pdf = FPDF(unit="mm", format=(WIDTH, HEIGHT))
    pdf.set_auto_page_break(False)
    pdf.set_creation_date(_MADE)
    pdf.set_title(layout.name)
    pdf.viewer_preferences = ViewerPreferences(print_scaling="None")
    pdf.add_font(_FONT, fname=font_file())
    pdf.add_page()
    pdf.set_draw_color(_BLACK)
    for item in layout.items:
        match item:
            case Text():
                _text(pdf, item)
            case Frame():
                _frame(pdf, item)
            case Bars():
                _bars(pdf, item.box, item.modules, item.module)
            case Grid():
                for n, row in enumerate(item.rows):
                    line = Box(item.box.x, item.box.y + n * item.module, item.box.w, item.module)
                    _bars(pdf, line, row, item.module)
            case Ring():
                pdf.set_line_width(0.25)
                with pdf.local_context():
                    pdf.set_dash_pattern(dash=1.5, gap=1)
                    pdf.set_fill_color(_WHITE)
                    pdf.ellipse(item.box.x, item.box.y, item.box.w, item.box.h, style="DF")
    return bytes(pdf.output())


def draw_png(pdf: bytes) -> bytes:
    """The page in shades of grey, 800 × 1200: 8 dots per mm."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        image = document[0].render(scale=_SCALE, grayscale=True).to_pil()
    finally:
        document.close()
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _text(pdf: "FPDF", item: Text) -> None:
    from fpdf.enums import TextMode

    shade = _WHITE if item.paper else _BLACK
    pdf.set_font(_FONT, size=item.size / _POINT)
    with pdf.local_context():
        pdf.set_text_color(shade)
        if item.bold:
            pdf.set_draw_color(shade)
            pdf.set_line_width(item.size * 0.03)
            pdf.text_mode = TextMode.FILL_STROKE
        pdf.text(item.box.x, item.box.y + item.size * BASELINE, item.text)


def _frame(pdf: "FPDF", item: Frame) -> None:
    box = item.box
    if box.h == 0:
        pdf.set_line_width(0.2)
        pdf.line(box.x, box.y, box.right, box.y)
        return
    pdf.set_fill_color(_BLACK)
    pdf.set_line_width(0.4)
    pdf.rect(box.x, box.y, box.w, box.h, style="F" if item.look == "filled" else "D")


def _bars(pdf: "FPDF", box: Box, modules: str, module: float) -> None:
    """Neighbouring black modules are one rectangle: no hairlines between them."""
    pdf.set_fill_color(_BLACK)
    start = 0
    while (start := modules.find("1", start)) >= 0:
        end = modules.find("0", start)
        end = len(modules) if end < 0 else end
        width = (end - start) * module
        pdf.rect(box.x + start * module + _INSET, box.y + _INSET, width - 2 * _INSET, box.h - 2 * _INSET, style="F")
        start = end
