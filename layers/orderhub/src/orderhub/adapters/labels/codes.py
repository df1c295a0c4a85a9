"""Code 128 and QR as modules, black or white; how wide a module is, is the layout's."""


def code128(text: str) -> str:
    """``1`` for black, ``0`` for white, without quiet zones. ``text``: 8 to 28 ASCII letters and digits."""
    from barcode.codex import Code128

    (modules,) = Code128(text).build()
    return str(modules)


def qr(text: str) -> tuple[str, ...]:
    """Rows of ``1`` and ``0``, without the quiet zone, error correction M."""
    import segno

    code = segno.make_qr(text, error="m", boost_error=False)
    return tuple("".join("1" if module else "0" for module in row) for row in code.matrix)
