"""Product search: a tantivy index and the words in it, derived from SQL and made anew where they are lost.

Depends on ``domain``. Contains: ``lexicon`` (what staples are called in the languages of our shoppers),
``vocabulary`` (every word of the index, by spelling and by sound), ``shelf`` (the files, and which of
them serve), ``schema`` (what is indexed of a product), ``writer``, ``ways`` (what may
stand for a word that was written), ``reader`` (``domain.ports.ProductSearch``).
"""
