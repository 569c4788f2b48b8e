"""The shopper's web page: rendered here, plain ``GET`` forms, whole without JavaScript.

``pages`` has the routes; ``asked`` reads a URL and writes the next one; ``finding`` asks the lookup; ``shown``
turns what was found into words for the templates; ``page`` puts words into HTML with its headers; ``rings``
draws the map; ``assets`` serves style, script, fonts and what makes the page work offline.
"""
