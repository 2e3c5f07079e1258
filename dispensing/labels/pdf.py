"""Labels as PDF, one page of 62 × 29 mm each; the same labels give the same bytes."""

import io
from collections.abc import Sequence

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from dispensing.labels.fitting import PLAIN, font, register_fonts
from dispensing.labels.label import HIGH_MM, MODULE, WIDE_MM, Label, draw

MEDIA_TYPE = "application/pdf"


def labels_pdf(labels: Sequence[Label]) -> bytes:
    """The labels in order. Raises DoesNotFit before anything is drawn."""
    drawings = [draw(label) for label in labels]
    register_fonts()
    target = io.BytesIO()
    size = (WIDE_MM * mm, HIGH_MM * mm)
    canvas = Canvas(target, pagesize=size, invariant=1, pageCompression=1, initialFontName=PLAIN)
    canvas.setTitle("Etiketter")
    canvas.setAuthor("")
    canvas.setSubject("")
    for drawing in drawings:
        for line in drawing.lines:
            canvas.setFont(font(line.bold), line.size)
            canvas.drawString(line.x, line.y, line.text)
        left, top = drawing.qr
        for column, row in drawing.dark:
            x, y = left + column * MODULE, top - (row + 1) * MODULE
            canvas.rect(x, y, MODULE, MODULE, stroke=0, fill=1)
        canvas.showPage()
    canvas.save()
    return target.getvalue()
