"""The words that shoppers read, in every language; all channels share them.

``catalog`` has the languages and their texts (gettext ``.po`` files beside it; the English texts are the
keys), ``wording`` the things that every channel says: ages, distances, prices, the sentence of an answer.
"""
