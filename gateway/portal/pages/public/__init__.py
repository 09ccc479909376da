"""Pages for everybody: no sign-in, no more cookie than the language and the hall that were chosen."""

from gateway.portal.pages.public import about, guide, halls, home, open_data, progress, search, versions

PLACES = (
    *home.PLACES,
    *halls.PLACES,
    *search.PLACES,
    *guide.PLACES,
    *versions.PLACES,
    *progress.PLACES,
    *open_data.PLACES,
    *about.PLACES,
)
