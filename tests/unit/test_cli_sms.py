"""``inventory-api sms channel``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]
OPTIONS = {"account_sid": "AC", "auth_tokens": ["canary"]}


def test_a_channel_is_added_listed_and_removed(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "twilio.json"
    file.write_text(json.dumps(OPTIONS))
    words = ("sms", "channel", "add", "us", str(file), "--provider", "twilio", "--number")

    code, out, err = run(*words, "+1 415 555 0199")
    assert code == 0
    assert out.startswith("/v1/sms/twilio/")
    assert "INVENTORY_PUBLIC_BASE_URL is not set" in err
    monkeypatch.setenv("INVENTORY_PUBLIC_BASE_URL", "https://inventory.example.com")
    added = json.loads(run(*words, "+14155550199", "--answer", "us", "--answer", "ca", "--json")[1])
    assert added["url"].startswith("https://inventory.example.com/v1/sms/twilio/")
    assert added["countries"] == ["US", "CA"]

    listed = json.loads(run("sms", "channel", "list", "--json")[1])
    assert listed == [{"id": "us", "provider": "twilio", "number": "+14155550199", "countries": ["US", "CA"]}]
    assert "canary" not in run("sms", "channel", "list")[1]
    assert run("sms", "channel", "remove", "us")[0] == 0
    assert run("sms", "channel", "remove", "us")[0] == 1


@pytest.mark.parametrize(
    ("options", "how", "told"),
    [
        (OPTIONS, ("--provider", "twilio", "--number", "8005"), "--country"),
        (OPTIONS, ("--provider", "pigeon", "--number", "+14155550199"), "pigeon is none of twilio"),
        (OPTIONS | {"auth_token": "canary"}, ("--provider", "twilio", "--number", "+14155550199"), "auth_token"),
        ({"account_sid": "canary"}, ("--provider", "twilio", "--number", "+14155550199"), "auth_tokens"),
    ],
)
def test_what_cannot_be_set_up_is_refused(
    run: Run, tmp_path: Path, options: dict[str, object], how: tuple[str, ...], told: str
) -> None:
    file = tmp_path / "options.json"
    file.write_text(json.dumps(options))
    code, _, err = run("sms", "channel", "add", "us", str(file), *how)
    assert code == 1
    assert told in err
    assert "canary" not in err
