"""``make bench``: the figures that this service promises, each against something measured in the same run.

Sees the service as an outsider does: HTTP, the ``inventory-api`` command and files. Contains, in the
order of use:

    cells         columns of text as byte matrices: files of millions of rows in seconds
    dataset       one retailer's feed of 5 million rows, and its next version with 2 % changed
    world         52,000 stores of 100 chains that sell 66,667 products: 20 million records
    service       the programs under measurement, as child processes
    feed_rates    first load and 2 % full feed, against ``csv.reader`` over the same file
    index_size    bytes a record, at 20 million records
    lookup_rate   lookups, against an empty FastAPI route (``empty_route``), asked by ``client``
    batch_cost    a batch of fifty products, against lookups of the same (``rounds``: how both are asked)
    report        the table, and the line of JSON

Apart, as ``make bench-search``: ``search`` (product search over a million real titles), ``search_questions``.
"""
