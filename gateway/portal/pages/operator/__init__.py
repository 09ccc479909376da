"""Pages of the platform's operators."""

from gateway.portal.pages.operator import dead_letters, halls, health, matters

PLACES = (*halls.PLACES, *matters.PLACES, *health.PLACES, *dead_letters.PLACES)
