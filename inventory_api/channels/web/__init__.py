"""The web pages: rendered here, whole without JavaScript; the shopper's has plain ``GET`` forms.

``pages`` has the routes; ``asked`` reads a URL and writes the next one; ``finding`` asks the lookup; ``shown``
turns what was found into words for the templates; ``page`` puts words into HTML with its headers; ``rings``
draws the map; ``assets`` serves style, script, fonts and what makes the page work offline; ``failed`` words whatever
failed on the way of a browser; ``retailer`` is the retailer's page.
"""
