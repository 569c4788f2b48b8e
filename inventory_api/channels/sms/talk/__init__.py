"""The conversation by text message: from a shopper's words to what is said back.

Contains: ``grammar`` (words -> ``Intent``; ``vocabulary`` has the words, ``whereabouts`` takes places out of them;
``placenames``: what is the name of one, ``origins``: what is only called after one),
``language`` (which of the five somebody writes), ``dialogue`` (what an intent leads to), ``turn`` (one that asks for
stock), ``quest`` (what it is about), ``located`` and ``choosing`` (which place, which product), ``texts`` with
``answers`` and ``notices`` (what is said; ``voice``, ``phrases``, ``regions``: in which words), ``fitting`` (how it
fits a text message), ``sheet`` (all texts, to be registered with operators).
"""
