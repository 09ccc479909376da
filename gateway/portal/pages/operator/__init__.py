"""Pages of the platform's operator."""

from gateway.portal.routing import Place

PLACES: tuple[Place, ...] = ()
