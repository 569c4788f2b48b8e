# syntax=docker/dockerfile:1
# One image for both programs: the API and the worker. No compiler, no pip and no sources in what runs.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/inventory
COPY requirements.runtime.lock /build/
RUN /opt/inventory/bin/pip install --require-hashes --only-binary :all: -r /build/requirements.runtime.lock
COPY pyproject.toml README.md LICENSE /build/
COPY inventory_api /build/inventory_api
COPY ingest /build/ingest
# Setuptools builds the wheel and stays behind.
RUN python -m venv /opt/builder \
    && /opt/builder/bin/pip install "setuptools>=80" \
    && /opt/builder/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /build/dist /build \
    && /opt/inventory/bin/pip install --no-deps /build/dist/*.whl \
    && /opt/inventory/bin/inventory-api gazetteer build \
    && /opt/inventory/bin/pip uninstall --yes pip \
    && /opt/inventory/bin/python -m compileall -q /opt/inventory/lib

FROM python:3.11-slim
# A number, so that Kubernetes can see that it is not root.
RUN groupadd --gid 10001 inventory \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin inventory \
    && install --directory --owner 10001 --group 10001 --mode 0750 /data
COPY --from=build /opt/inventory /opt/inventory
ENV PATH=/opt/inventory/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    INVENTORY_DATA_DIR=/data \
    INVENTORY_HOST=0.0.0.0
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["inventory-api"]
CMD ["serve"]
