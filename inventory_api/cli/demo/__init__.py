"""A demo world: invented chains and products at real places, the same for the same seed.

Depends on ``domain`` and on the geographic data packages. Contains the tables (``chains``, ``goods``,
``brands``, ``scripts``), what is made of them (``places``, ``catalog``, ``shelves``, ``world``) and what
leaves it: feed files (``feeds``), stock changes (``changes``), questions worth asking (``questions``).

No chain, brand or product exists. GTINs come from GS1 prefix 952, which is reserved for
demonstrations; phone numbers are ones that no telephone company hands out.
"""

from inventory_api.cli.demo.changes import changes
from inventory_api.cli.demo.feeds import FeedFile, write_feeds
from inventory_api.cli.demo.model import DemoOffer, DemoProduct, DemoRetailer, DemoStore, DemoWorld
from inventory_api.cli.demo.questions import ExampleQuestion, example_question, write_questions
from inventory_api.cli.demo.world import build_world

__all__ = [
    "DemoOffer",
    "DemoProduct",
    "DemoRetailer",
    "DemoStore",
    "DemoWorld",
    "ExampleQuestion",
    "FeedFile",
    "build_world",
    "changes",
    "example_question",
    "write_feeds",
    "write_questions",
]
