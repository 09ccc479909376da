# One image for every service, worker, the portal and the gateway; the command chooses:
#   python -m services.intake | python -m services.notification worker | python -m gateway.portal | envoy -c …
# Any base that has Python 3.11 will do: --build-arg BASE=…
ARG BASE=docker.io/library/python:3.11-slim-bookworm
# Any that has npm: what the pages load in a browser comes from it.
ARG WEB=docker.io/library/node:20-bookworm-slim

FROM ${WEB} AS web
WORKDIR /web
COPY gateway/portal/package.json ./
RUN npm install --omit=dev --no-package-lock --ignore-scripts --no-audit --no-fund

FROM ${BASE} AS build
WORKDIR /app
RUN python3 -m venv .venv
ENV PATH=/app/.venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# Dependencies change seldom: their layer stands before the code's.
COPY pyproject.toml README.md ./
RUN mkdir -p protos/gen && pip install --editable '.[edge,protos]'
COPY . .
COPY --from=web /web/node_modules/htmx.org/dist/htmx.min.js gateway/portal/static/vendor/
# The compiler generates the code and stays out of the image.
RUN python -m protos.generate \
 && pip uninstall --yes --quiet grpcio-tools mypy-protobuf setuptools pip \
 && .venv/bin/python -m compileall -q services gateway tenants protos/gen

FROM ${BASE}
ENV PATH=/app/.venv/lib/python3.11/site-packages/envoy/_bin:/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
COPY --from=build /app /app
WORKDIR /app
USER 10001:10001
CMD ["python", "-m", "services"]
