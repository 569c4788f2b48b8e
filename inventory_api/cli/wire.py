"""What the HTTP server itself refuses, before there is a request, in the shape of every other problem."""

from __future__ import annotations

import secrets
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from inventory_api.channels.codes import INVALID_REQUEST
from inventory_api.channels.problem import Problem, ProblemWriter

WHY: Final = (
    "This is no HTTP request. Percent-encode what is not ASCII in the address (curl --get --data-urlencode does), "
    "which has at most 65,000 characters."
)


class ProblemProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1; ``curl`` sends an address with Urdu letters as it stands, and is told what to do."""

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request, and hang up."""
        request_id = secrets.token_hex(13).upper()
        problem = Problem(INVALID_REQUEST, WHY, status=400, headers={"Request-Id": request_id, "Connection": "close"})
        answer = ProblemWriter().of_problem({"path": "", "state": {"request_id": request_id}}, problem)
        headers = [*self.server_state.default_headers, *answer.raw_headers]
        lines = [b"HTTP/1.1 400 Bad Request", *(b"%b: %b" % header for header in headers), b"", bytes(answer.body)]
        self.transport.write(b"\r\n".join(lines))
        self.transport.close()
