# To hold the images fast, give each with its digest: --build-arg PYTHON_IMAGE=python:3.13-slim@sha256:…
ARG NODE_IMAGE=node:24-slim
ARG PYTHON_IMAGE=python:3.13-slim

# The web client.
FROM ${NODE_IMAGE} AS client
WORKDIR /client
COPY static/package.json static/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY static/ ./
RUN npm run build

# The Python packages, by lock with hashes.
FROM ${PYTHON_IMAGE} AS packages
COPY requirements.txt requirements-s3.txt ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r requirements.txt -r requirements-s3.txt

FROM ${PYTHON_IMAGE}
RUN useradd --system --uid 10001 --home-dir /app divan && install -d -o divan -m 0700 /data
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
COPY --from=client /client/dist static/dist
# A container is reached from outside itself, so it asks for a login.
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    DATA_DIR=/data HOST=0.0.0.0 PORT=8000 AUTH_MODE=accounts
USER divan
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=6s --start-period=30s CMD ["python", "scripts/health.py"]
# Answers that still stream when the container is stopped are ended and kept before it goes.
STOPSIGNAL SIGTERM
CMD ["python", "scripts/start.py"]
