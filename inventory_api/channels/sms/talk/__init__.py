"""The conversation by text message: from a shopper's words to what is said back.

Contains: ``grammar`` (words -> ``Intent``; ``vocabulary`` has the words, ``whereabouts`` takes places out of them),
``language`` (which of the five somebody writes), ``choosing`` (which product is meant), ``dialogue`` (what an intent
leads to), ``phrases`` and ``texts`` (how it is said), ``fitting`` (how it fits a text message), ``sheet`` (all texts,
to be registered with operators).
"""
