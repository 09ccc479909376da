"""Finding matters: an index in the process that follows the store, and what is asked of it.

`text` cuts, `thesaurus` knows what people say, `entries` is what the index keeps, `asking` makes queries of words, `index`
answers them, `following` keeps it in step with the store, `catalogue` speaks the contract.
"""
