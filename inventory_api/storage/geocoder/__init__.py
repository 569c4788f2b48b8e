"""Somebody else who knows where things are, asked politely. Opt-in; nobody's answer depends on it.

Contains: ``geocoder`` (who is asked, the memory of answers, whose turn it is, and when nobody asks), ``answers`` (what
was said, as places), ``shoppers`` (the same for an event loop whose callers do not wait for long).
"""
