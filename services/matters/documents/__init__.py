"""What matters stores: units, and matters with their versions."""

from services.matters.documents.matters import Head, Listed, Matter, for_staff, form_of
from services.matters.documents.series import ItemSeries
from services.matters.documents.settling import shelf_of
from services.matters.documents.units import Unit
from services.matters.documents.versions import Version

__all__ = ["Head", "ItemSeries", "Listed", "Matter", "Unit", "Version", "for_staff", "form_of", "shelf_of"]
