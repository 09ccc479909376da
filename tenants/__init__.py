"""The halls and the standards that they keep, as data: `load` compiles them, `fingerprint` tells of edits.

Owns district.yaml, streets/ and standards/; knows no service, no store and no network.
"""

from tenants.halls import Halls, HallUnknown, fingerprint, load
from tenants.models import Hall, Text, Tier
from tenants.reading import Departure, TenantsInvalid

__all__ = ["Departure", "Hall", "HallUnknown", "Halls", "TenantsInvalid", "Text", "Tier", "fingerprint", "load"]
