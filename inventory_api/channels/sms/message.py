"""A message on its way in, and what goes back; the same for every provider."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a message that the provider did not join: ``number`` from 1 to ``total``, ``ref`` as in all."""

    ref: str
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class Media:
    """Something attached: where the provider keeps it, and what it says it is."""

    url: str
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message from a shopper.

    ``message_id`` is None where the provider has none that is the same in every delivery. ``location`` is latitude
    and longitude, where one was shared. ``opt_out_type`` is ``STOP``, ``START`` or ``HELP`` where the provider has
    answered already. Of a photo with a barcode its digits lead ``text``; a photo still in ``media`` had none.
    """

    provider: str
    message_id: str | None
    sender: str
    to: str
    text: str
    received_at: dt.datetime
    media: tuple[Media, ...] = ()
    location: tuple[float, float] | None = None
    part: Part | None = None
    opt_out_type: str | None = None

    def __repr__(self) -> str:
        """Neither who nor what: this ends up in logs."""
        return f"<Inbound {self.provider}>"


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said: ``text``, and the template ``key`` and its ``slots`` that it was made of.

    India's operators let a text pass only under the id that its template is registered by.
    """

    key: str
    slots: Mapping[str, str]
    text: str

    def __repr__(self) -> str:
        """What was said may hold what was asked."""
        return f"<Reply {self.key}>"


@dataclass(frozen=True, slots=True)
class Caps:
    """What a provider can do. ``inline_reply``: the answer to its call is the reply."""

    inline_reply: bool
    unicode: bool = True
    mms: bool = False
    max_segments: int = 10
    opt_out_managed: bool = False
    needs_template_id: bool = False


Outcome = Literal["accepted", "refused", "opted_out", "unavailable", "unknown"]


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of a text that was handed to a provider.

    ``refused``: it never will be sent. ``opted_out``: its owner told the provider to stop. ``unavailable``: it surely
    was not taken, and may be later. ``unknown``: nobody knows, so it must not be sent again.
    """

    outcome: Outcome
    message_id: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """What a provider tells of a text later: its words, and the number where it says that its owner opted out."""

    message_id: str
    status: str
    code: str | None = None
    opted_out: str | None = field(default=None, repr=False)
