"""Pages of the platform's operators."""

from gateway.portal.pages.operator import halls, health, matters

PLACES = (*halls.PLACES, *matters.PLACES, *health.PLACES)
