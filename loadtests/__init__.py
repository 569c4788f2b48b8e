"""Load tests: they see the service over HTTP and data as files, as an outsider does.

Depends on nothing of ours, so that a change inside the service cannot quietly change what is
measured. Contains ``locustfile`` (the smoke load) and ``demo_questions.csv`` (what it asks).
"""
