"""Resumable uploads: what was announced, and how much of it is durable."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import delete, insert, select, update

from inventory_api.domain.errors import UnknownUpload
from inventory_api.domain.ports import FeedUpload, PartialUpload
from inventory_api.storage.sql.repository import Repository
from inventory_api.storage.sql.tables import upload

_REQUEST: TypeAdapter[FeedUpload] = TypeAdapter(FeedUpload)


class Uploads(Repository):
    """Uploads of all retailers, by id."""

    def create(self, new: PartialUpload, request: FeedUpload) -> None:
        """Insert an upload."""
        self._connection.execute(
            insert(upload).values(
                id=new.id,
                retailer_id=request.retailer_id,
                request=_REQUEST.dump_python(request, mode="json"),
                length=new.length,
                received=new.received,
                expires_at=new.expires_at,
            )
        )

    def get(self, retailer_id: str, upload_id: str, now: dt.datetime) -> tuple[PartialUpload, FeedUpload]:
        """An upload of this retailer, and what it is to become.

        Raises:
            UnknownUpload: None such, another retailer's, or it expired.
        """
        statement = select(upload).where(
            upload.c.id == upload_id, upload.c.retailer_id == retailer_id, upload.c.expires_at > now
        )
        row = self._connection.execute(statement).first()
        if row is None:
            raise UnknownUpload(upload_id)
        found = PartialUpload(row.id, row.length, row.received, row.expires_at, row.run_id)
        return found, _REQUEST.validate_python(row.request)

    def advance(self, known: PartialUpload, received: int, expires_at: dt.datetime) -> PartialUpload:
        """Remember that so many bytes are durable. Raises UnknownUpload where it was removed meanwhile."""
        self._write(known, {"received": received, "expires_at": expires_at})
        return replace(known, received=received, expires_at=expires_at)

    def finish(self, known: PartialUpload, run_id: str) -> PartialUpload:
        """Remember the run that the whole file became. Raises UnknownUpload where it was removed meanwhile."""
        self._write(known, {"received": known.length, "run_id": run_id})
        return replace(known, received=known.length, run_id=run_id)

    def delete(self, upload_id: str) -> None:
        """Forget an upload."""
        self._connection.execute(delete(upload).where(upload.c.id == upload_id))

    def delete_expired(self, now: dt.datetime) -> None:
        """Forget every upload that expired."""
        self._connection.execute(delete(upload).where(upload.c.expires_at <= now))

    def all_ids(self) -> set[str]:
        """Every upload there is."""
        return set(self._connection.execute(select(upload.c.id)).scalars())

    def _write(self, known: PartialUpload, values: Mapping[str, Any]) -> None:
        if self._connection.execute(update(upload).where(upload.c.id == known.id).values(values)).rowcount == 0:
            raise UnknownUpload(known.id)
