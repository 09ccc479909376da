"""Pages of a person who applies."""

from gateway.portal.pages.resident import sign_in

PLACES = (*sign_in.PLACES,)
