"""Pages for everybody: no sign-in, no more cookie than the language and the hall that were chosen."""

from gateway.portal.pages.public import halls, home

PLACES = (*home.PLACES, *halls.PLACES)
