"""``/v1/products``: one product by its id, or by the code on its package."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from inventory_api.channels.ports import Ports
from inventory_api.channels.rest import examples
from inventory_api.channels.rest.openapi import answer, problems, query_parameters
from inventory_api.channels.rest.query import NoParams, QueryModel, query
from inventory_api.channels.rest.render import card_of, json_response, product_json
from inventory_api.channels.rest.schema import ProductOut, ProductPage
from inventory_api.domain.errors import UnknownProduct
from inventory_api.domain.identifiers import parse_gtin, parse_product_id

router = APIRouter(tags=["products"])


class ProductsParams(QueryModel):
    """What to search by."""

    gtin: Annotated[str, Field(max_length=64, description="GTIN-8, -12, -13 or -14.", examples=["037000185062"])]


@router.get(
    "/v1/products",
    operation_id="listProducts",
    summary="Find products by their barcode",
    response_model=ProductPage,
    responses=problems("invalid_gtin")
    | {200: answer(examples.PRODUCTS, "Products that fit; empty where no retailer named it.")},
    openapi_extra={"parameters": query_parameters(ProductsParams)},
)
def list_products(ports: Ports, params: Annotated[ProductsParams, Depends(query(ProductsParams))]) -> Response:
    """Products with this code: one or none."""
    try:
        product = ports.products.get(parse_gtin(params.gtin))
    except UnknownProduct:
        found = []
    else:
        found = [{"product": product_json(product.id, card_of(product))}]
    return json_response({"products": found, "next_cursor": None})


@router.get(
    "/v1/products/{product_id}",
    operation_id="getProduct",
    summary="Get a product",
    response_model=ProductOut,
    responses=problems("invalid_gtin", "unknown_product") | {200: answer(examples.PRODUCT, "The product.")},
    dependencies=[Depends(query(NoParams))],
)
def get_product(ports: Ports, product_id: str) -> Response:
    """One product, by its id or any spelling of its GTIN."""
    product = ports.products.get(parse_product_id(product_id))
    return json_response(product_json(product.id, card_of(product)))
