"""Pages of a person who applies."""

from gateway.portal.pages.resident import applying, filling, following, inbox, materials, me, papers, sign_in, signing, steps

PLACES = (
    *sign_in.PLACES,
    *applying.PLACES,
    *following.PLACES,
    *papers.PLACES,
    *filling.PLACES,
    *materials.PLACES,
    *signing.PLACES,
    *steps.PLACES,
    *inbox.PLACES,
    *me.PLACES,
)
