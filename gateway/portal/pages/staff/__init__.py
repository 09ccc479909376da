"""Pages of a hall's and a unit's staff."""

from gateway.portal.routing import Place

PLACES: tuple[Place, ...] = ()
