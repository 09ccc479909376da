"""The pure decisions of identity, one subject a module: numbers, certificates, tokens, signatures, sessions, posts.

No store, no network, no framework; time, trust anchors and what is stored are arguments.
"""
