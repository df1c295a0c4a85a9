"""`hub label ORDER`: the label of a parcel as a file, as it is to be now; who asked is kept on the order."""

import argparse
import getpass
import sys
from pathlib import Path
from typing import Any

from local.api import HubError, running_hub

_WARNED = {
    "missing_glyph": "a sign that the font lacks is shown as 〓",
    "sticker_moved": "a sticker would cover what must be read: its place is shown at the top right",
    "cut:receiver.detail": "the address is too long for the label and ends with …",
}


def add(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("label", help="a parcel's label as PDF or PNG; without a waybill a preview")
    parser.add_argument("id", help="the hub's order id or the platform's order number")
    parser.add_argument("--parcel", type=int, default=1, metavar="N", help="of an order in several parcels (default 1)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write; .png gives an image, all else PDF")
    parser.add_argument("--why", choices=["preview", "print", "reprint", "check"], default="preview", help="kept too")
    parser.add_argument("--by", default=getpass.getuser(), help="who asks (default: you)")


def run(args: argparse.Namespace) -> int:
    """Write the file and say whether a parcel may leave with it; 1 when the hub refused, with its reason."""
    order_id = args.id if args.id.startswith("youzan-") else f"youzan-{args.id}"
    out = args.out or Path(f"label-{order_id}-{args.parcel}.pdf")
    form = "png" if out.suffix.lower() == ".png" else "pdf"
    try:
        data, told = running_hub().label(order_id, args.parcel, form, args.by, args.why)
        out.write_bytes(data)
    except (HubError, OSError) as error:
        print(f"hub label: {error}", file=sys.stderr)
        return 1
    verdict = f"version {told['version']}" if told["state"] == "live" else f"{told['state']}: not for shipping"
    print(f"{out}: {verdict}")
    for warning in filter(None, told["warnings"].split(",")):
        print(f"  {_WARNED.get(warning, warning)}")
    return 0
