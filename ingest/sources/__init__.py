"""Where feeds and stock changes come from.

``upload`` (files over HTTP or the command line), ``changes`` (single changes), ``pull`` (files that we fetch, with
``https``, ``sftp``, ``s3``, ``folder``); ``desk`` is where retailers declare what is pulled.
"""
