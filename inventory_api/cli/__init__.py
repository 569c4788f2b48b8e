"""The ``inventory-api`` command, and the composition root: the only place that may import everything.

Contains: ``compose`` (settings into a working installation), ``serve`` (the API process), ``tree`` (one
process tree of server, API and worker), the commands by noun (``feeds``, ``retailers``, ``index``,
``ask``, ``doctor``), ``demo`` (a made-up world) and ``demo_run`` (living in it).

Exit codes: 0 fine, 1 the data was refused, 2 usage, 3 a fault of ours.
"""


def main() -> None:
    """Run a command. Imports the commands only now: the tree's children do without them."""
    from inventory_api.cli.app import main as run_command

    run_command()
