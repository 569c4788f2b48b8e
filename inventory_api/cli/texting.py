"""The world of the SMS channel. Not in ``compose``, as phone numbers would cost every command their import."""

from __future__ import annotations

from inventory_api.channels.sms.outgoing import new_client
from inventory_api.channels.sms.ports import SmsPorts
from inventory_api.channels.sms.talk.choosing import Chooser
from inventory_api.channels.sms.talk.dialogue import Dialogue
from inventory_api.channels.sms.talk.grammar import Grammar
from inventory_api.channels.sms.talk.located import Locator
from inventory_api.channels.sms.talk.turn import Counter
from inventory_api.channels.sms.talk.whereabouts import PlaceReader
from inventory_api.cli.compose import Installation, sms_sender
from inventory_api.domain.ports import IndexReader
from inventory_api.lookup.availability import Availability
from inventory_api.lookup.directory import Directory
from inventory_api.lookup.places import Places
from inventory_api.lookup.search import Search
from inventory_api.notify.desk import WatchDesk
from inventory_api.storage.index.counts import RedisCounts
from inventory_api.storage.index.memos import RedisLeases, RedisMemos, RedisPace
from inventory_api.storage.index.multiplexed import Multiplexed
from inventory_api.storage.search.reader import TantivySearch
from inventory_api.storage.sql.products import SqlProducts


def sms_ports(
    here: Installation,
    connection: Multiplexed,
    index: IndexReader,
    places: Places,
    directory: Directory,
    watches: WatchDesk,
) -> SmsPorts:
    """For one event loop. Raises InvalidInput where who texts come from would not fit in one."""
    products = SqlProducts(here.db)
    counter = Counter(
        Chooser(Search(TantivySearch(here.search_folder), products, index, directory), products),
        Availability(index, directory),
        Locator(places),
        watches,
        sms_sender(here.settings),
    )
    return SmsPorts(
        conversation=Dialogue(Grammar(PlaceReader(places)), counter),
        channels=here.sms_channels,
        memos=RedisMemos(connection, here.vault),
        leases=RedisLeases(connection),
        pace=RedisPace(connection),
        counts=RedisCounts(connection),
        opt_outs=watches,
        client=new_client(),
        key=here.secret("sms"),
        daily_segments=here.settings.sms_daily_segments,
    )
