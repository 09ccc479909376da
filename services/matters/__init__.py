"""The power-and-responsibility list (权责清单): units, their matters, and what is published.

It owns the elements of a matter, its codes, the rules of publication and search. It does not own cases
(intake), where the halls are and when they open (tenants), nor the licences that a matter ends in (licences).
"""
