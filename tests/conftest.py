"""For all tests: property tests are judged by what they find, not by how busy the machine is."""

from __future__ import annotations

import signal

from hypothesis import settings

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

# Whoever runs tests in the background of a script has Ctrl-C ignored, and programs inherit that: here they are sent it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
