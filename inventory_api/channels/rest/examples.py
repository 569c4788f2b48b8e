"""The examples that the OpenAPI document shows, one world throughout."""

from __future__ import annotations

from typing import Any

STORE: dict[str, Any] = {
    "id": "s12",
    "retailer": "freshmart",
    "store_code": "281",
    "name": "FreshMart Mission",
    "phone": "+14155550123",
    "address": {
        "street": "2000 Mission St",
        "city": "San Francisco",
        "region": "CA",
        "postal_code": "94110",
        "country": "US",
    },
    "lat": 37.764,
    "lon": -122.419,
    "precision": "point",
    "timezone": "America/Los_Angeles",
    "open_now": True,
    "opens_at": None,
    "closes_at": "2026-10-30T21:00:00-07:00",
    "services": ["pickup"],
}
ORIGIN = {"lat": 37.77, "lon": -122.42, "precision": "point"}
LOCATED_STORE = STORE | {"hours": "Mo-Fr 08:00-21:00; Sa,Su 09:00-20:00; PH off"}
STORES = {
    "query": {"origin": ORIGIN, "radius_m": 16000},
    "stores": [{"store": LOCATED_STORE, "distance_m": 672}],
    "next_cursor": None,
}
PLACES = {
    "places": [
        {
            "name": "94103",
            "label": "94103 San Francisco, CA",
            "kind": "postal_code",
            "precision": "postal_code",
            "lat": 37.7725,
            "lon": -122.4147,
            "country": "US",
            "region": "CA",
            "source": "zipcodes",
            "has_stores": True,
        }
    ],
    "attribution": None,
    "next_cursor": None,
}
PRODUCT: dict[str, Any] = {
    "id": "00037000185062",
    "gtin": "00037000185062",
    "title": "Laundry detergent, 2.04 l",
    "brand": "Tide",
    "image_url": "https://images.example.com/00037000185062.jpg",
}
PRODUCTS = {
    "query": {"q": "detergant", "understood": "detergent", "origin": ORIGIN, "radius_m": 16000},
    "products": [{"product": PRODUCT, "match": "spelling", "carried_nearby": True, "distance_m": 672}],
    "next_cursor": None,
}
RUN: dict[str, Any] = {
    "id": "run_01J9ZQ6H3V0000000000000000",
    "kind": "inventory",
    "mode": "full",
    "status": "published",
    "received_at": "2026-10-30T17:00:00Z",
    "published_at": "2026-10-30T17:00:09Z",
    "as_of": "2026-10-30T17:00:00Z",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "bytes": 5820,
    "rows": {"read": 50, "accepted": 49, "repaired": 1, "rejected": 1, "parked": 0},
    "changes": {"inserted": 40, "updated": 9, "removed": 0, "unchanged": 0},
    "notices": [
        {
            "code": "gtin_check_digit",
            "severity": "error",
            "count": 1,
            "hint": "The last digit does not fit the others.",
            "samples": [{"line": 17, "column": "gtin", "value": "00037000185063", "message": "it would be 2"}],
        }
    ],
    "links": {
        "self": "/v1/feed-runs/run_01J9ZQ6H3V0000000000000000",
        "report": "/v1/feed-runs/run_01J9ZQ6H3V0000000000000000/report.html",
        "notices": "/v1/feed-runs/run_01J9ZQ6H3V0000000000000000/notices.csv",
    },
}
QUEUED = RUN | {
    "status": "queued",
    "published_at": None,
    "rows": dict.fromkeys(RUN["rows"], 0),
    "changes": dict.fromkeys(RUN["changes"], 0),
    "notices": [],
}
PUT_SOURCE = {
    "kind": "inventory",
    "mode": "full",
    "protocol": "sftp",
    "host": "sftp.freshmart.example",
    "host_keys": ["SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8"],
    "path": "/out",
    "glob": "stock_*.csv.gz",
    "every_s": 3600,
    "credentials": {"username": "inventory", "password": "correct horse"},
    "profile": {"delimiter": ";", "decimal": ",", "as_of": "stock_%Y%m%d_%H%M.csv.gz"},
}
SOURCE = PUT_SOURCE | {
    "id": "nightly",
    "version": 1,
    "store_code": None,
    "port": 22,
    "credentials": "set",
    "profile": {"version": 1, "delimiter": ";", "decimal": ",", "as_of": "stock_%Y%m%d_%H%M.csv.gz"},
    "state": {
        "attempted_at": "2026-10-30T17:00:02Z",
        "run_id": "run_01J9ZQ6H3V0000000000000000",
        "heard_at": "2026-10-30T17:00:02Z",
        "failures": 0,
        "disabled": None,
        "due_at": "2026-10-30T18:00:41Z",
        "events": None,
        "problems": [],
    },
    "created_at": "2026-10-01T09:00:00Z",
    "updated_at": "2026-10-01T09:00:00Z",
}
SOURCES = {"feed_sources": [SOURCE], "next_cursor": None}
RUNS = {"feed_runs": [RUN], "next_cursor": None}
PATCH = {
    "items": [
        {"store_code": "281", "gtin": "00037000185062", "quantity": 7, "observed_at": "2026-10-30T16:58:11Z"},
        {"store_code": "281", "id": "A-1", "availability": "out_of_stock", "price": "12.99"},
        {"store_code": "281", "gtin": "00037000185062", "quantity": "many"},
    ]
}
PATCHED = {
    "items": [
        {"status": "applied", "code": None, "pointer": "/items/0"},
        {"status": "older_ignored", "code": None, "pointer": "/items/1"},
        {
            "status": "rejected",
            "code": "invalid_request",
            "pointer": "/items/2/quantity",
            "message": "send a whole number, not text",
        },
    ]
}
HOOKED = {"applied": 1, "older_ignored": 0, "parked": 0, "rejected": 0, "ignored": 0, "pending": False}
READY = {"status": "ready", "index": {"format": 1, "complete": True}}
_STORE_ANSWER: dict[str, Any] = {
    "store": STORE,
    "distance_m": 672,
    "availability": "in_stock",
    "quantity": 7,
    "quantity_bucket": "3-9",
    "price": {"amount": "12.99", "currency": "USD"},
    "sale_price": None,
    "pickup": {"method": "reserve", "sla": "same_day"},
    "aisle": "A12, bay 3",
    "observed_at": "2026-10-30T16:58:11Z",
    "age_s": 354,
    "freshness": "live",
    "confidence": 0.95,
    "basis": "pos_event",
}
AVAILABILITY: dict[str, Any] = {
    "query": {"gtin": "00037000185062", "origin": ORIGIN, "radius_m": 16000},
    "as_of": "2026-10-30T17:04:05Z",
    "product": PRODUCT,
    "best": {"store_id": "s12", "reason": "in_stock_nearest"},
    "stores": [_STORE_ANSWER],
    "excluded": {},
    "summary": {"checked": 1, "in_stock": 1},
    "say": "FreshMart Mission had it 6 minutes ago, 670 m away. Stock can change and is not held.",
    "next_cursor": None,
}
_ITEM = {name: AVAILABILITY[name] for name in ("product", "best", "stores", "excluded", "summary", "say")}
BATCH = {
    "query": {"origin": ORIGIN, "radius_m": 16000},
    "as_of": "2026-10-30T17:04:05Z",
    "items": [
        _ITEM,
        {
            "error": {
                "code": "invalid_gtin",
                "title": "Not a valid GTIN",
                "detail": "the check digit of 00037000185061 should be 2",
                "pointer": "/items/1",
            }
        },
    ],
}
_HAD = {name: value for name, value in _STORE_ANSWER.items() if name not in ("store", "distance_m")}
BASKET = {
    "query": {"origin": ORIGIN, "radius_m": 16000, "all_of": [{"product_id": "00037000185062", "quantity": 2}]},
    "as_of": "2026-10-30T17:04:05Z",
    "best_store": {
        "complete": True,
        "stores": [
            {"store": STORE, "distance_m": 672, "items": [{"product_id": "00037000185062", "wanted": 2} | _HAD]}
        ],
        "missing": [],
    },
    "best_two_stores": None,
    "summary": {"checked": 1},
    "say": "FreshMart Mission (670 m) had it. Stock can change and is not held.",
}
DELIVERY = {
    "id": "msg_5d41402abc4b2a76b9719d911017c592",
    "event": "feed_run.quarantined",
    "created_at": "2026-10-30T17:00:09Z",
    "attempts": 0,
    "delivered_at": None,
    "next_attempt_at": "2026-10-30T17:00:09Z",
    "answer": None,
}
ENDPOINT: dict[str, Any] = {
    "id": "main",
    "url": "https://hooks.freshmart.example/inventory",
    "events": ["feed_run.quarantined", "feed_run.failed", "feed.stale"],
    "created_at": "2026-10-30T16:00:00Z",
    "disabled": None,
}
NEW_ENDPOINT = ENDPOINT | {"secret": "whsec_bm90IGEgcmVhbCBzZWNyZXQsIGFuIGV4YW1wbGUhISE="}
ENDPOINTS = {"webhook_endpoints": [ENDPOINT], "next_cursor": None}
QUALITY = {
    "retailer": "freshmart",
    "as_of": "2026-10-30T17:04:05Z",
    "freshness": {"promise_s": 86400, "kept": 0.995, "median_age_s": 245, "oldest_age_s": 180000},
    "stores": {
        "total": 200,
        "live": 198,
        "recent": 0,
        "stale": 1,
        "expired": 1,
        "never_in_a_full_feed": 0,
        "never_stocked": 0,
        "imprecise": 3,
    },
    "stale_stores": [{"id": "s12", "store_code": "281", "age_s": 180000}],
    "never_stocked_stores": [],
    "runs": {"published": 49, "rejected": 1},
    "reject_rate": 0.0019,
    "notice_rates": {"gtin_check_digit": 0.0018},
    "last_runs": [
        {
            "id": RUN["id"],
            "kind": "inventory",
            "mode": "full",
            "status": "published",
            "received_at": "2026-10-30T17:00:00Z",
            "as_of": "2026-10-30T17:00:00Z",
            "links": {"self": RUN["links"]["self"]},
        }
    ],
    "outcomes": {
        "window_days": 30,
        "reports": 210,
        "found": 181,
        "not_found": 24,
        "wrong_price": 5,
        "hit_rate": 0.894,
        "stated_confidence": 0.902,
    },
}
REPORT = {"store_id": "s12", "gtin": "00037000185062", "outcome": "found"}
REPORTED = {"store_id": "s12", "product_id": "00037000185062", "outcome": "found"}
WATCH: dict[str, Any] = {
    "id": "watch_x3Vt0bqkQ1m9f6Zr2hYw8A",
    "status": "active",
    "means": "webhook",
    "product": PRODUCT,
    "near": {"lat": 37.77, "lon": -122.42, "label": None},
    "radius_m": 5000,
    "created_at": "2026-10-30T17:04:05Z",
    "expires_at": "2026-11-13T17:04:05Z",
    "ended_at": None,
    "store_id": None,
    "delivery": None,
}
NEW_WATCH = WATCH | {"secret": "whsec_bm90IGEgcmVhbCBzZWNyZXQsIGFuIGV4YW1wbGUhISE="}
