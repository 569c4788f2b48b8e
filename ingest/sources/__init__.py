"""Where feeds and stock changes come from.

``upload`` takes whole files, ``resumable`` files in pieces; ``changes`` single changes, ``hooks`` signed events.
``pull`` fetches files, with ``https``, ``sftp``, ``s3``, ``folder``; ``desk`` is where retailers declare sources.
"""
