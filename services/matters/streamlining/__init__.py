"""Streamlining 精简: change-sets that cut and optimise matters, what they take away, and chains with their critical path."""
