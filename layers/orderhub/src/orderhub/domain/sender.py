"""Who sends a parcel: one of the brand's warehouses, in the brand's own words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender in clear, as carriers print it: the fields of ``sender`` in a secret, under these names.

    ``company`` and ``postcode`` only where a carrier takes them.
    """

    name: str
    phone: str
    province: str
    city: str
    district: str
    detail: str
    company: str = ""
    postcode: str = ""
