"""What a file is, told from its beginning, and the profile that would say so: for people, never for a feed run.

A feed run guesses nothing: what a profile leaves open it takes from fixed rules. Here a first look may
be wrong, since a person reads it. Contains: ``sample`` (the first rows of any file), ``evidence`` (what
the cells of a column look like), ``suggestion`` (all of it, ``suggest_profile``).
"""

from ingest.suggest.suggestion import ColumnGuess, Suggestion, suggest_profile

__all__ = ["ColumnGuess", "Suggestion", "suggest_profile"]
