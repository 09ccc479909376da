"""intake owns cases (办件): applications from the draft to the rating, their materials, limits and history.

It does not own matters, people or halls: it asks matters for the elements of a matter, identity whether a signature is
the applicant's, and the tenants for which halls take what. It tells nobody by mail: it publishes what happened.
"""
