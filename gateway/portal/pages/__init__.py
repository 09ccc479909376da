"""The pages: a folder a subject, a file a page or a few that belong together; each lists its own PLACES."""

from gateway.portal.pages import operator, public, resident, staff

PLACES = (*public.PLACES, *resident.PLACES, *staff.PLACES, *operator.PLACES)
