"""The page that shows a device code, once."""

from uuid import UUID

import segno
from flask import current_app, render_template
from markupsafe import Markup

from fieldapp.actions.accounts import IssuedCode


def page(person_id: UUID, issued: IssuedCode) -> str:
    """QR code and 24 characters; only ever in the answer to a POST, so that no address leads to it again."""
    address = f"{current_app.extensions['config'].phone_origin}/#{issued.text}"
    picture = segno.make(address, error="m").svg_inline(scale=6, border=2, svgclass="qr", lineclass=None)
    groups = [issued.text[start : start + 4] for start in range(0, len(issued.text), 4)]
    return render_template(
        "admin/device_code.html", person_id=person_id, groups=groups, picture=Markup(picture), issued=issued
    )
