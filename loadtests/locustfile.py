"""A smoke load on ``/v1/availability``: shoppers near shops of the demo world, at a steady rate.

Environment: ``LOADTEST_QUESTIONS`` names a CSV file with the columns ``gtin,lat,lon`` (default: the
demo world's), ``LOADTEST_RATE`` the requests a second of one user (default 1).
"""

from __future__ import annotations

import csv
import os
import random
from pathlib import Path

from locust import FastHttpUser, constant_throughput, task

QUESTIONS_PATH = Path(os.environ.get("LOADTEST_QUESTIONS", Path(__file__).with_name("demo_questions.csv")))
RATE = float(os.environ.get("LOADTEST_RATE", "1"))


def read_questions(path: Path) -> list[dict[str, str]]:
    """The query parameters of each question.

    Raises:
        ValueError: The file holds no question: a load test that asks nothing would pass.
    """
    with path.open(encoding="utf-8", newline="") as file:
        questions = [{name: row[name] for name in ("gtin", "lat", "lon")} for row in csv.DictReader(file)]
    if not questions:
        raise ValueError(f"{path} holds no questions")
    return questions


QUESTIONS = read_questions(QUESTIONS_PATH)


class Shopper(FastHttpUser):
    """Asks for one product near one place, again and again.

    The rate is constant: a slow answer delays no later question, as real shoppers do not wait for
    each other. Anything but 200 is a failure, and Locust then exits with 1.
    """

    wait_time = constant_throughput(RATE)

    @task
    def ask(self) -> None:
        """Ask one question; an empty answer is fine, a wrong status or shape is not."""
        question = random.choice(QUESTIONS)  # noqa: S311 - which shopper asks next is no secret
        query = "&".join(f"{name}={value}" for name, value in question.items())
        with self.client.get(
            f"/v1/availability?{query}&radius=10", name="/v1/availability", catch_response=True
        ) as response:
            if response.status_code != 200:
                response.failure(f"{response.status_code}: {(response.text or '')[:200]}")
            elif "stores" not in response.json():
                response.failure("the answer has no list of stores")
