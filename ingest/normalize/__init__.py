"""Text to values: what the cells of a feed mean, with a notice for everything that was not plain.

Depends on ``ingest.notices``, ``ingest.rows`` and ``inventory_api.domain``; reads no file, writes
nowhere. Contains, from the cell up:

    number        one written number, in the locale of the feed
    quantity, availability, price, time, gtin, pickup
                  cell functions ``text -> (value, codes)``, which are the specification, and beside
                  each an array kernel for the common shape; only what is odd reaches Python
    cells         distinct texts of a column as bytes for kernels; the memo of the odd ones
    ledger        which rows are rejected or repaired, and the notices that say why
    identity      the retailer's stores and article ids, as numbers
    resolve       id and gtin of each row -> product id
    operations    what a row of a delta feed does: replace, delete, adjust
    money         one currency a store, a sale below its price
    terms, extras
                  rare attributes of a row (sale period, aisle, pickup), and the JSON they are kept as
    inventory     the rules of a row of stock, in the order in which they apply
    stores, products, with texts and countries
                  the other two kinds of feed: small enough for plain Python
"""
