"""The three kinds of state, one package each; none imports another.

Contains: ``index`` (Redis: what lookups read, derived, disposable), ``segments`` (Parquet: the truth
about stock), ``sql`` (everything else).
"""
