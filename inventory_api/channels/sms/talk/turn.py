"""One turn of a conversation that asks for stock: a place and a product are found, stores are listed and described."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from inventory_api.channels.sms.session import Menu, Session, Whereabouts
from inventory_api.channels.sms.talk.choosing import Chooser
from inventory_api.channels.sms.talk.fitting import Draft
from inventory_api.channels.sms.talk.located import Located, Locator
from inventory_api.channels.sms.talk.quest import LISTED, Choices, Quest
from inventory_api.channels.sms.talk.roman import name_of
from inventory_api.channels.sms.talk.texts import Texts
from inventory_api.channels.sms.talk.voice import Sender
from inventory_api.domain import availability as av
from inventory_api.domain.errors import AlreadyAvailable, InvalidInput, TooManyWatches
from inventory_api.domain.geo import MILE_M
from inventory_api.domain.hours import zone_at
from inventory_api.domain.place import Place
from inventory_api.domain.ports import WatchDesk, WatchWish
from inventory_api.domain.watch import LIFE, MAX_ACTIVE
from inventory_api.locales.catalog import Language
from inventory_api.locales.wording import MILES
from inventory_api.lookup.answer import USABLE, Hit, Question
from inventory_api.lookup.availability import Availability

PAGE = 3
"""Stores shown at once, where as many fit."""

MAX_PLACES = 3
_WORTH_TELLING = USABLE | {av.ON_DISPLAY, av.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Radii:
    """How far around is looked, in metres: at first, and after WIDER; in miles where roads are measured so."""

    near_mi: float = 3 * MILE_M
    wide_mi: float = 10 * MILE_M
    near_km: float = 5_000.0
    wide_km: float = 16_000.0

    def of(self, country: str | None, *, is_wide: bool) -> float:
        """The radius for places of a country."""
        if country in MILES:
            return self.wide_mi if is_wide else self.near_mi
        return self.wide_km if is_wide else self.near_km


@dataclass(frozen=True, slots=True)
class Counter:
    """What answers are made of."""

    chooser: Chooser
    lookup: Availability
    locator: Locator
    watches: WatchDesk
    sender: Sender
    radii: Radii = Radii()


class Turn:
    """One turn.

    Args:
        counter: Who knows.
        session: What is remembered; changed.
        phone: The sender's number.
        country: Of that number.
        language: To answer in.
        now: When the message came.
    """

    def __init__(
        self, counter: Counter, session: Session, phone: str, country: str | None, language: Language, now: dt.datetime
    ) -> None:
        self._counter = counter
        self._session = session
        self._phone = phone
        self._country = country
        self._language = language
        self._now = now

    def texts(self, country: str | None = None) -> Texts:
        """The texts for places of a country; the sender's own where none is told."""
        return Texts(self._language, country or self._country, self._counter.sender)

    async def search(self, quest: Quest, where: Whereabouts | None) -> Draft:
        """Go after something, at a place that was told or is remembered."""
        if where is not None:
            quest = replace(quest, place=where.name or "")
        # Whatever fails from here on, AGAIN goes on with it.
        self._session.menu = quest.menu(Choices.LATER)
        asked = where or (Whereabouts(name=quest.place) if quest.place else self._session.place)
        if asked is None:
            self._session.menu = quest.menu(Choices.WHERE)
            return self.texts().where()
        found = await self._counter.locator.locate(asked, self._country)
        if not isinstance(found, Located):
            return self._which(quest, asked, found)
        self._session.place, quest = asked, replace(quest, place="")
        if not found.name:
            found = replace(found, name=self.texts(found.country).here())
        if quest.product_id is None:
            return await self._choose(quest, found)
        return await self._list(quest, found)

    def waiting(self, quest: Quest) -> Menu:
        """A menu without choices: what was asked of the shopper last, or told them, is still open."""
        is_where = self._session.place is None or quest.place
        return quest.menu(Choices.WHERE if is_where else Choices.LATER)

    def _which(self, quest: Quest, asked: Whereabouts, candidates: Sequence[Place]) -> Draft:
        name = asked.name or ""
        if not candidates:
            self._session.menu = quest.menu(Choices.WHERE)
            return self.texts().where_unknown(name)
        shown = candidates[:MAX_PLACES]
        labels = tuple(place.label for place in shown)
        self._session.menu = quest.menu(Choices.PLACES, labels, names=labels)
        return self.texts().which(name.title() if name.isascii() else name, shown)

    async def _choose(self, quest: Quest, at: Located) -> Draft:
        texts, chooser = self.texts(at.country), self._counter.chooser
        if not quest.words and quest.gtin is None:
            self._session.menu = None
            return texts.what(at.name)
        if quest.gtin is not None:
            chosen = await chooser.by_code(quest.gtin, self._now)
        else:
            at_hand_m = self._counter.radii.of(at.country, is_wide=quest.is_wide)
            around = self._question(0, at, is_wide=True)
            chosen = await chooser.by_words(quest.words, around, self._now, at_hand_m=at_hand_m)
        if not chosen.products:
            self._session.menu = None
            return texts.unknown(quest.words or str(quest.gtin))
        if not chosen.is_sure:
            ids = tuple(str(product.id) for product in chosen.products)
            names = tuple(name_of(product, self._language) for product in chosen.products)
            self._session.menu = quest.menu(Choices.PRODUCTS, ids, names=names)
            return texts.choose(at.name, names)
        misspelt = None if chosen.understood is None else (chosen.understood, quest.words)
        return await self._list(replace(quest, product_id=chosen.products[0].id), at, misspelt)

    async def _list(self, quest: Quest, at: Located, misspelt: tuple[str, str] | None = None) -> Draft:
        assert quest.product_id is not None
        texts = self.texts(at.country)
        question = self._question(quest.product_id, at, is_wide=quest.is_wide)
        answer = await self._counter.lookup.ask(question, self._now)
        title = await self._name(quest.product_id)
        if answer.hits:
            ids = tuple(str(hit.store.id) for hit in answer.hits)
            draft, count = texts.listing(
                title, at.name, answer.hits[:PAGE], has_more=len(ids) > PAGE, misspelt=misspelt
            )
            self._session.menu = replace(quest, pages=(0,), is_detailed=False).menu(Choices.STORES, ids, count)
            return draft
        wider_m = None if quest.is_wide else self._counter.radii.of(at.country, is_wide=True)
        self._session.menu = quest.menu(Choices.OFFERS, ("alert",) if quest.is_wide else ("alert", "wider"))
        return texts.none(
            title,
            at.name,
            radius_m=question.radius_m,
            wider_m=wider_m,
            checked=answer.summary["checked"],
            at=self._now.astimezone(ZoneInfo(zone_at(latitude=at.latitude, longitude=at.longitude) or "UTC")),
        )

    async def more(self, menu: Menu, quest: Quest) -> Draft:
        """The next page of a list."""
        return await self._page(menu, quest, (*quest.pages, menu.shown))

    async def back(self, menu: Menu, quest: Quest) -> Draft:
        """From a store to its list, from a page of a list to the one before."""
        return await self._page(menu, quest, quest.pages if quest.is_detailed else quest.pages[:-1] or (0,))

    async def _page(self, menu: Menu, quest: Quest, pages: tuple[int, ...]) -> Draft:
        """The last of these pages of a list: ranked as it was, its stock read anew."""
        at, begin = await self._located(), pages[-1]
        if at is None or quest.product_id is None:
            return await self.search(quest, None)
        texts = self.texts(at.country)
        title = await self._name(quest.product_id)
        if begin >= len(menu.ids):
            wider_m = None if quest.is_wide else self._counter.radii.of(at.country, is_wide=True)
            radius_m = self._counter.radii.of(at.country, is_wide=quest.is_wide)
            return texts.all_shown(title, radius_m=radius_m, wider_m=wider_m)
        hits = await self._read(quest.product_id, at, [int(number) for number in menu.ids[begin : begin + PAGE]])
        draft, count = texts.listing(title, at.name, hits, has_more=begin + PAGE < len(menu.ids))
        quest = replace(quest, pages=pages, is_detailed=False)
        self._session.menu = quest.menu(Choices.STORES, menu.ids, begin + count)
        return draft

    async def details(self, menu: Menu, quest: Quest, choice: int) -> Draft:
        """What one store of a list has, read anew."""
        at, position = await self._located(), quest.pages[-1] + choice - 1
        if at is None or quest.product_id is None or position >= menu.shown:
            return await self._page(menu, quest, quest.pages)
        [hit] = await self._read(quest.product_id, at, [int(menu.ids[position])])
        self._session.menu = replace(quest, is_detailed=True).menu(Choices.STORES, menu.ids, menu.shown)
        title = await self._name(quest.product_id)
        return self.texts(at.country).details(title, hit, self._now)

    async def watch(self, quest: Quest) -> Draft:
        """One text when it is back."""
        at = await self._located()
        if at is None or quest.product_id is None:
            return self.texts().nothing_to_watch()
        texts = self.texts(at.country)
        radius_m = self._counter.radii.of(at.country, is_wide=quest.is_wide)
        label = None if at.is_exact else at.name
        wish = WatchWish(
            quest.product_id, at.latitude, at.longitude, radius_m, label, str(self._language), phone=self._phone
        )
        try:
            await self._counter.watches.create(wish)
        except AlreadyAvailable:
            return await self._list(quest, at)
        except TooManyWatches:
            return texts.too_many(MAX_ACTIVE)
        except InvalidInput:
            return texts.no_alerts_here()
        title = await self._name(quest.product_id)
        return texts.watching(title, at.name, radius_m=radius_m, days=LIFE.days)

    async def _name(self, product_id: int) -> str:
        return name_of(await self._counter.chooser.product(product_id), self._language)

    async def _located(self) -> Located | None:
        """Where the session is, where that is still known."""
        place = self._session.place
        found = None if place is None else await self._counter.locator.locate(place, self._country)
        if not isinstance(found, Located):
            return None
        return found if found.name else replace(found, name=self.texts(found.country).here())

    def _question(self, product_id: int, at: Located, *, is_wide: bool) -> Question:
        radius_m = self._counter.radii.of(at.country, is_wide=is_wide)
        return Question(product_id, at.latitude, at.longitude, radius_m, statuses=_WORTH_TELLING, limit=LISTED)

    async def _read(self, product_id: int, at: Located, store_ids: Sequence[int]) -> list[Hit]:
        """What these stores have now, in this order, with their distances. Raises UnknownStore: one is no more."""
        question = Question(product_id, store_ids=tuple(store_ids), statuses=None, limit=len(store_ids))
        answer = await self._counter.lookup.ask(question, self._now)
        hits = {hit.store.id: hit for hit in answer.hits}
        return [
            replace(hit, distance_m=hit.store.geodesic_m(latitude=at.latitude, longitude=at.longitude))
            for hit in map(hits.__getitem__, store_ids)
        ]
