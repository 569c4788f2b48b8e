"""What is committed becomes what shoppers see. The only writers of the serving index.

Contains: ``roster`` (places and snapshot times of a retailer's stores), ``stock`` (deltas and segments
into the index), ``rebuild`` (the whole index from the truth, and its verification), ``search`` (product
search after SQL).
"""
