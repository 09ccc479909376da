"""Finding matters: an index in the process that follows the store, and what is asked of it."""

from services.matters.search.scan import fit, grams, wanted

__all__ = ["fit", "grams", "wanted"]
