"""Pages of a hall's and a unit's staff."""

from gateway.portal.pages.staff import case, files, papers, steps, work

PLACES = (*work.PLACES, *files.PLACES, *papers.PLACES, *case.PLACES, *steps.PLACES)
