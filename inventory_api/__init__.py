"""Is this product on a shelf near me? The read side, and the core both programs share.

Contains: ``domain`` (values and rules), ``lookup`` (the questions), ``storage`` (Redis index,
Parquet segments, SQL), ``channels`` (ways of asking), ``cli`` (the composition root).
"""
