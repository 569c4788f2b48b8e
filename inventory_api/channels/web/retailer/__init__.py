"""The retailer's page: upload a file, see what became of it, decide. Whole without JavaScript.

``session`` exchanges a secret key for a sealed cookie; ``pages`` has the routes; ``shown`` puts runs into words.
"""
