"""A message in, a reply out: ``channels.sms.ports.Conversation``."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from inventory_api.channels.sms.message import Inbound, Reply
from inventory_api.channels.sms.phone import country_of
from inventory_api.channels.sms.session import Menu, Session, Whereabouts
from inventory_api.channels.sms.talk.fitting import Draft, fit
from inventory_api.channels.sms.talk.grammar import Grammar, Intent
from inventory_api.channels.sms.talk.language import language_of
from inventory_api.channels.sms.talk.quest import Choices, Quest, quest_of
from inventory_api.channels.sms.talk.texts import Texts
from inventory_api.channels.sms.talk.turn import Counter, Turn
from inventory_api.channels.sms.talk.vocabulary import Act
from inventory_api.domain.errors import OptedOut, Unavailable, UnknownProduct, UnknownStore
from inventory_api.locales.catalog import Language
from inventory_api.lookup.coordinates import read_point

_LANGUAGES = (
    Language.ENGLISH, Language.URDU, Language.ROMAN_URDU, Language.TELUGU, Language.ROMAN_TELUGU,
)  # fmt: skip
"""As ``Notices.languages`` numbers them."""

_NO_SEARCHES = {Act.START, Act.FORGET, Act.NOALERT}
"""Where these fail, AGAIN would do something else."""

_OFFERED = {"alert": Act.ALERT, "wider": Act.WIDER}


class Dialogue:
    """Answers messages.

    Args:
        grammar: Reads them.
        counter: Knows the answers.
        now: The time of day.
    """

    def __init__(
        self, grammar: Grammar, counter: Counter, now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    ) -> None:
        self._grammar = grammar
        self._counter = counter
        self._now = now

    async def answer(self, inbound: Inbound, session: Session) -> Reply | None:
        """What to say; None: nothing. Where stock cannot be read the quest is kept for AGAIN."""
        country = country_of(inbound.sender)
        intent = await asyncio.to_thread(self._grammar.read, inbound.text, country=country, menu=session.menu)
        language = language_of(inbound.text, stored=session.language, is_chosen=session.is_chosen, country=country)
        turn = Turn(self._counter, session, inbound.sender, country, language, self._now())
        draft = await self._opted(intent, inbound.sender, turn, session)
        if draft is _SILENCE or (intent.act is Act.NOTHING and inbound.location is None):
            return None
        if draft is not None:
            return fit(draft, language)
        session.is_chosen = session.is_chosen and session.language == language
        session.language = language
        try:
            try:
                draft = await self._said(intent, inbound, turn, session)
            except UnknownStore:
                # One of a list is no more: it is listed anew.
                draft = await turn.search(quest_of(session.menu) or Quest(), None)
        except OptedOut:
            # Said while this was being answered.
            return None
        except UnknownProduct:
            # Known to product search and to no store: a feed named it, none has it.
            quest = quest_of(session.menu) or Quest(intent.product)
            draft = turn.texts().unknown(quest.words or str(quest.gtin))
        except Unavailable:
            draft = turn.texts().error(keeps_search=_keeps_search(session) and intent.act not in _NO_SEARCHES)
        return fit(draft, Language(session.language or language))

    def is_farewell(self, inbound: Inbound) -> bool:
        """Whether this is an opt-out."""
        return self._grammar.is_opt_out(inbound.text)

    def apology(self, session: Session) -> Reply:
        """What is said where there is no answer in time."""
        texts = self._texts(session)
        return fit(texts.error(keeps_search=_keeps_search(session)), texts.language)

    def slow_down(self, session: Session) -> Reply:
        """What is said once to whoever texts too much."""
        texts = self._texts(session)
        return fit(texts.slow_down(), texts.language)

    def _texts(self, session: Session) -> Texts:
        return Texts(Language(session.language or Language.ENGLISH), None, self._counter.sender)

    async def _opted(self, intent: Intent, phone: str, turn: Turn, session: Session) -> Draft | None:
        """What opting out leads to, before anything else; None: what is said is to be heard."""
        watches = self._counter.watches
        if intent.act is Act.START:
            return None
        if intent.act is Act.OPT_OUT:
            session.menu = None
            is_new = await asyncio.to_thread(watches.opt_out, phone)
            return turn.texts().stopped() if is_new else _SILENCE
        try:
            if not await asyncio.to_thread(watches.is_opted_out, phone):
                return None
        except Unavailable:
            # Who asks is answered as well as can be without SQL.
            return None
        if intent.act is Act.FORGET:
            session.forget()
        return _SILENCE

    async def _said(self, intent: Intent, inbound: Inbound, turn: Turn, session: Session) -> Draft:
        if inbound.media and not inbound.text.strip():
            return turn.texts().no_barcode()
        if inbound.location is not None:
            place: Whereabouts | None = Whereabouts(position=inbound.location)
            if intent.act is not Act.SEARCH:
                intent = Intent(Act.PLACE)
        else:
            place = _whereabouts(intent.place)
        if intent.act is Act.SEARCH:
            draft = await turn.search(Quest(intent.product, intent.gtin), place)
            is_offered = session.menu is not None and session.menu.kind == Choices.OFFERS
            if intent.wants_alert and is_offered:
                return await self._commanded(Intent(Act.ALERT), inbound.sender, turn, session)
            return draft
        if intent.act is Act.PLACE:
            return await turn.search(quest_of(session.menu) or Quest(), place)
        if intent.act is Act.CHOICE:
            return await self._chosen(intent.choice, inbound.sender, turn, session)
        return await self._commanded(intent, inbound.sender, turn, session)

    async def _chosen(self, choice: int, phone: str, turn: Turn, session: Session) -> Draft:
        """A digit."""
        menu = session.menu
        assert menu is not None, "the grammar reads digits only while a menu is open"
        quest, chosen = quest_of(menu) or Quest(), menu.ids[choice - 1]
        match menu.kind:
            case Choices.STORES:
                return await turn.details(menu, quest, choice)
            case Choices.PRODUCTS:
                return await turn.search(replace(quest, gtin=None, product_id=int(chosen)), None)
            case Choices.PLACES:
                return await turn.search(quest, Whereabouts(name=chosen))
            case Choices.LANGUAGES:
                return await self._commanded(Intent(Act.LANG, language=chosen), phone, turn, session)
            case _:
                return await self._commanded(Intent(_OFFERED[chosen]), phone, turn, session)

    async def _commanded(self, intent: Intent, phone: str, turn: Turn, session: Session) -> Draft:
        """A command."""
        menu, watches = session.menu, self._counter.watches
        quest = quest_of(menu)
        match intent.act:
            case Act.START:
                await asyncio.to_thread(watches.opt_in, phone)
                return turn.texts().started()
            case Act.LANG if intent.language is not None:
                session.language, session.is_chosen = intent.language, True
                if menu is not None and menu.kind == Choices.LANGUAGES:
                    session.menu = None if quest is None else turn.waiting(quest)
                return Texts(Language(intent.language), None, self._counter.sender).language_set()
            case Act.LANG:
                session.menu = Menu(Choices.LANGUAGES, _LANGUAGES, asked={} if menu is None else menu.asked)
                return turn.texts().languages()
            case Act.FORGET:
                texts = turn.texts()
                await asyncio.to_thread(watches.forget, phone)
                session.forget()
                return texts.forgotten()
            case Act.NOALERT:
                undone = await asyncio.to_thread(watches.undo, phone)
                return turn.texts().no_alert() if undone is None else turn.texts().alert_undone()
            case Act.ALERT if quest is not None and (quest.product_id is None or quest.place):
                # What is still asked comes before there is anything to watch.
                return await turn.search(quest, None)
            case Act.ALERT:
                return turn.texts().nothing_to_watch() if quest is None else await turn.watch(quest)
            case Act.MORE if menu is not None and quest is not None and menu.kind == Choices.STORES:
                return await turn.more(menu, quest)
            case Act.BACK if menu is not None and quest is not None and menu.kind == Choices.STORES:
                return await turn.back(menu, quest)
            case Act.WIDER if quest is not None:
                return await turn.search(replace(quest, is_wide=True), None)
            case Act.AGAIN | Act.BACK | Act.MORE if quest is not None:
                return await turn.search(quest, None)
            case _:
                return turn.texts().help()


def _keeps_search(session: Session) -> bool:
    """Whether AGAIN goes on with what was asked."""
    return session.is_kept and quest_of(session.menu) is not None


_SILENCE = Draft("", "", {})


def _whereabouts(named: str | None) -> Whereabouts | None:
    """A place as the shopper told it; None where they told none, or "near me"."""
    if not named:
        return None
    point = read_point(named)
    return Whereabouts(position=(point.latitude, point.longitude)) if point else Whereabouts(name=named)
