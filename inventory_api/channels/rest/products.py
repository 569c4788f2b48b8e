"""``/v1/products``: one product by its id, or by the code on its package.

One that only inventory feeds have named is there too, with a bare card.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from inventory_api.channels.ports import AppPorts, Ports
from inventory_api.channels.reading import reading
from inventory_api.channels.rest import examples
from inventory_api.channels.rest.openapi import answer, problems, query_parameters
from inventory_api.channels.rest.query import NoParams, QueryModel, query
from inventory_api.channels.rest.render import card_of, product_json
from inventory_api.channels.rest.schema import ProductOut, ProductPage
from inventory_api.domain.errors import UnknownProduct
from inventory_api.domain.identifiers import format_product_id, parse_gtin, parse_product_id
from inventory_api.lookup.products import is_stocked

router = APIRouter(tags=["products"])


class ProductsParams(QueryModel):
    """What to search by."""

    gtin: Annotated[str, Field(max_length=64, description="GTIN-8, -12, -13 or -14.", examples=["037000185062"])]


@router.get(
    "/v1/products",
    operation_id="listProducts",
    summary="Find products by their barcode",
    response_model=ProductPage,
    responses=problems("invalid_gtin", "index_unavailable")
    | {200: answer(examples.PRODUCTS, "Products that fit; empty where no retailer named it.")},
    openapi_extra={"parameters": query_parameters(ProductsParams)},
)
async def list_products(ports: Ports, params: Annotated[ProductsParams, Depends(query(ProductsParams))]) -> Response:
    """Products with this code: one or none."""
    try:
        found = [{"product": await _get(ports, parse_gtin(params.gtin))}]
    except UnknownProduct:
        found = []
    return reading({"products": found, "next_cursor": None})


@router.get(
    "/v1/products/{product_id}",
    operation_id="getProduct",
    summary="Get a product",
    response_model=ProductOut,
    responses=problems("invalid_gtin", "unknown_product", "index_unavailable")
    | {200: answer(examples.PRODUCT, "The product.")},
    dependencies=[Depends(query(NoParams))],
)
async def get_product(ports: Ports, product_id: str) -> Response:
    """One product, by its id or any spelling of its GTIN."""
    return reading(await _get(ports, parse_product_id(product_id)))


async def _get(ports: AppPorts, product_id: int) -> dict[str, Any]:
    try:
        product = await run_in_threadpool(ports.products.get, product_id)
    except UnknownProduct:
        if not await is_stocked(ports.index, ports.directory, product_id):
            raise UnknownProduct(format_product_id(product_id)) from None
        return product_json(product_id, None)
    return product_json(product.id, card_of(product))
