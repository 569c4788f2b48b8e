"""Where feeds and stock changes come from: ``upload`` (files over HTTP or the command line), ``changes``."""
