# One file, four targets: `api`, `etl`, `embedded` (the ClickHouse engine of `make run`, its demo and
# tokens) and `tests` (all of it, and what the tests need). Runs as a number, not as root, and writes
# to /tmp and a mounted folder only.

# named once each, and literally, so that updates find them
FROM python:3.11-slim-bookworm AS python
FROM apache/kafka:4.3.1 AS kafka

# ---- packages: exactly the locked ones, without pip beside them
FROM python AS packages
WORKDIR /app
# an extra certificate authority of the system's bundle counts for pip too
ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.txt ./
RUN python -m venv --without-pip .venv \
 && python -m pip --python .venv install --require-hashes -r requirements.txt

FROM packages AS embedded-packages
COPY requirements-embedded.txt ./
RUN python -m pip --python .venv install --require-hashes -r requirements-embedded.txt

# ---- what every process of ours stands on
FROM python AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="UGC view progress" \
      org.opencontainers.image.description="View progress over HTTP into Kafka and ClickHouse, nothing lost, nothing counted twice" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
# compiled once below: the folder is read-only later. Readable by the image's user whatever the umask
# of who builds it.
ENV PATH=/app/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 TZ=UTC \
    UGC_BIND_HOST=0.0.0.0
COPY client_gaps client_gaps
COPY configuration configuration
COPY telemetry telemetry
COPY ugc_events ugc_events

# ---- HTTP in, Kafka out
FROM runtime AS api
COPY --from=packages /app/.venv .venv
COPY ugc_api ugc_api
RUN chmod -R a+rX . && python -m compileall -q --invalidation-mode unchecked-hash client_gaps configuration telemetry ugc_events ugc_api
USER 10001:10001
EXPOSE 8000 9100
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["python", "-m", "telemetry.readiness", "http://127.0.0.1:8000/readyz"]
CMD ["python", "-m", "ugc_api"]

# ---- Kafka in, ClickHouse out; topics, migrations and the operator's commands
FROM runtime AS etl
COPY --from=packages /app/.venv .venv
COPY clickhouse/migrations clickhouse/migrations
COPY etl etl
RUN chmod -R a+rX . && python -m compileall -q --invalidation-mode unchecked-hash client_gaps configuration telemetry ugc_events etl
USER 10002:10002
EXPOSE 9101
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s \
  CMD ["python", "-m", "telemetry.readiness", "http://127.0.0.1:9101/readyz"]
ENTRYPOINT ["python", "-m", "etl"]
CMD ["run"]

# ---- a ClickHouse for development, and the simulated viewers
FROM runtime AS embedded
COPY --from=embedded-packages /app/.venv .venv
COPY clickhouse/migrations clickhouse/migrations
COPY clients clients
COPY embedded embedded
COPY etl etl
COPY simulator simulator
COPY ugc_api ugc_api
RUN chmod -R a+rX . && python -m compileall -q --invalidation-mode unchecked-hash . && install -d -o 101 -g 101 /var/lib/clickhouse
# the numbers and places of the server's own image
ENV UGC_CLICKHOUSE_HOST=0.0.0.0 UGC_CLICKHOUSE_PORT=8123 UGC_METRICS_PORT=9363 UGC_DATA_DIR=/var/lib/clickhouse
USER 101:101
VOLUME /var/lib/clickhouse
EXPOSE 8123 9363
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["python", "-m", "telemetry.readiness", "http://127.0.0.1:8123/ping"]
CMD ["python", "-m", "embedded.clickhouse"]

# ---- the tests: the same as `make test`
FROM embedded-packages AS test-packages
COPY requirements-dev.txt ./
RUN python -m pip --python .venv install --require-hashes -r requirements-dev.txt \
 && cp requirements-dev.txt .venv/installed.txt

FROM python AS tests
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 TZ=UTC
# of PostgreSQL only the programs, which want a name for whoever runs them: the image's user, and the
# one of docker-compose.test.yaml
# hadolint ignore=DL3008
RUN mkdir -p /etc/postgresql-common/createcluster.d \
 && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/programs-only.conf \
 && apt-get update \
 && apt-get install -y --no-install-recommends chromium git make nginx nodejs openjdk-17-jre-headless postgresql procps \
 && rm -rf /var/lib/apt/lists/* \
 && for id in 10003 101; do getent passwd $id || echo "tests-$id:x:$id:$id::/tmp:/bin/sh" >> /etc/passwd; done
COPY --from=kafka /opt/kafka/libs .kafka/libs
COPY --from=test-packages /app/.venv .venv
COPY . .
RUN cp embedded/kafka/pom.xml .kafka/pom.xml && chmod -R a+rX .
USER 10003:10003
# /app is not its own to write to
ENV HOME=/tmp HYPOTHESIS_STORAGE_DIRECTORY=/tmp/hypothesis PYTEST_ADDOPTS="-p no:cacheprovider"
CMD ["python", "-m", "pytest"]
