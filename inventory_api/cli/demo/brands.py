"""Invented brands by department and market; ``*`` are sold everywhere under the same GTINs."""

from __future__ import annotations

from types import MappingProxyType

_TABLE = """
groceries   US Quillfern, Marrow & Mint, Tansybrook, Old Larder Lane, Sunhollow
groceries   IN Annaveni, Dhanyavati, Godarika, Suruchika, Kedarini
groceries   PK Mehrgandum, Chenabri, Zaiqanuma, Sabzaar Gold, Khushdana
groceries   *  Verdalune, Orchenta
pharmacy    US Clearpoult, Wellmarrow, Harborvine
pharmacy    IN Arogyam Plus, Nirogika, Sanjivaya
pharmacy    PK Shifaqor, Tandurista, Dawanuma
pharmacy    *  Medivanta, Pureloft, Dentavela, Kindleaf
electronics *  Voltaryn, Ohmara, Luxonaut, Pixelorn, Zentrique, Kaivolt
household   US Hearthmoor, Brightpail, Cedarlatch
household   IN Gharshobha, Chamakdar Plus, Rasoika
household   PK Gharafza, Chamkeela Plus, Saleeqat
household   *  Homevesta, Lumaroost, Cleanova Field
clothing    US Oatmere Basics, Ridgefable, Loomwright
clothing    IN Vastrika, Rangmala, Kalamkarika
clothing    PK Reshmara, Khaddarnuma, Lahorika
clothing    *  Stridewell North, Thimblecoat
toys        US Pinwhistle, Acornauts
toys        IN Khilkhilika, Chhotu Jahaan
toys        PK Khilonaar, Nanhi Duniyaan
toys        *  Brickaloo, Wobblekin, Puzzlewick
hardware    US Ironquill Pro, Graniteer
hardware    IN Lohvrat, Drishtool
hardware    PK Aahanpur, Mazbootar
hardware    *  Boltaneer, Torquaine, Gripsmith
"""


def _read() -> dict[tuple[str, str], tuple[str, ...]]:
    table = {}
    for line in _TABLE.strip().splitlines():
        department, market, names = line.split(maxsplit=2)
        table[department, market] = tuple(name.strip() for name in names.split(","))
    return table


BRANDS = MappingProxyType(_read())
"""(department, market) -> brand names."""
