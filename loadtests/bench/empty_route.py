"""What lookups are measured against: a FastAPI route that validates the same five parameters, and does nothing."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, Query


def create_app() -> FastAPI:
    """One route, as FastAPI's own documentation writes it; with its type of answer it is faster than without."""
    app = FastAPI()

    @app.get("/v1/availability")
    async def get_availability(
        gtin: Annotated[str, Query(min_length=8, max_length=14, pattern="^[0-9]+$")],
        lat: Annotated[float, Query(ge=-90, le=90)],
        lon: Annotated[float, Query(ge=-180, le=180)],
        radius: Annotated[float, Query(gt=0, le=160)] = 16,
        limit: Annotated[int, Query(ge=1, le=50)] = 10,
    ) -> dict[str, Any]:
        return {"gtin": gtin, "lat": lat, "lon": lon, "radius": radius, "limit": limit, "stores": []}

    return app


def serve(port: int) -> None:
    """Serve as the service itself does: one process, no access log, whatever loop and parser uvicorn finds."""
    uvicorn.run(
        "loadtests.bench.empty_route:create_app",
        factory=True,
        host="127.0.0.1",
        port=port,
        workers=1,
        proxy_headers=False,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=10,
    )


if __name__ == "__main__":
    serve(int(sys.argv[1]))
