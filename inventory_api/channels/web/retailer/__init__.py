"""The retailer's page: upload a file, see what became of it, decide. Whole without JavaScript.

``entry`` takes a secret key and ``session`` seals it in a cookie; ``pages`` has the routes; ``form`` reads what is
said of a file; ``shown`` puts runs into words.
"""
