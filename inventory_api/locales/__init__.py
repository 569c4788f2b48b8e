"""The words that shoppers read, one module a language; every channel shares them."""
