"""QR codes."""

from io import BytesIO

import segno


def qr_svg(text: str) -> str:
    """Return a text as a QR code: an SVG document with a light background, for dark pages too."""
    document = BytesIO()
    segno.make_qr(text).save(
        document,
        kind="svg",
        xmldecl=False,
        nl=False,
        light="#fff",
        scale=5,
        svgclass=None,
        lineclass=None,
    )
    return document.getvalue().decode()
