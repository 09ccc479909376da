"""Notification owns what people are told, on which channels and with what success, and how they want to be told.

It does not own the cases that it speaks of, nor who people are: it hears facts, and knows people by their names alone.
"""
