"""Identity owns people, organisations, posts, challenges and sessions: who somebody is, and which roles they hold where.

It does not own what a role may do: each RPC of each service declares that in its contract.
"""
