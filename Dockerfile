# The three images of the system: docker build --target api|mlflow|dashboard .
# No `syntax` line: it would fetch a front end at every build, and the built-in one does.

FROM python:3.11-slim AS builder
# uv compiles nothing unless told so, and a read-only container could never do it later:
# every start would compile every import again.
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CONFIG=1 \
    UV_PYTHON_DOWNLOADS=never \
    VIRTUAL_ENV=/opt/venv
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=bind,source=deploy/builder.txt,target=/tmp/builder.txt \
    pip install --disable-pip-version-check --root-user-action=ignore \
        --require-hashes --requirement /tmp/builder.txt \
    && uv venv --python /usr/local/bin/python "$VIRTUAL_ENV"

FROM builder AS api-packages
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=bind,source=requirements/api.txt,target=/tmp/requirements.txt \
    --mount=type=bind,source=deploy/install-packages.sh,target=/tmp/install-packages.sh \
    sh /tmp/install-packages.sh /tmp/requirements.txt

FROM builder AS mlflow-packages
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=bind,source=requirements/mlflow.txt,target=/tmp/requirements.txt \
    --mount=type=bind,source=deploy/install-packages.sh,target=/tmp/install-packages.sh \
    sh /tmp/install-packages.sh /tmp/requirements.txt

FROM builder AS dashboard-packages
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=bind,source=requirements/dashboard.txt,target=/tmp/requirements.txt \
    --mount=type=bind,source=deploy/install-packages.sh,target=/tmp/install-packages.sh \
    sh /tmp/install-packages.sh /tmp/requirements.txt

# The project itself, in a folder of its own: a change of the source makes a layer of a megabyte
# and leaves those of the packages alone.
FROM builder AS project
WORKDIR /src
COPY LICENSE README.md pyproject.toml ./
COPY src src
RUN --mount=type=cache,target=/root/.cache/uv \
    PATH="/usr/local/bin:$PATH" uv pip install --no-deps --no-build-isolation \
        --python /usr/local/bin/python --target /opt/rakuten . \
    && rm -rf /opt/rakuten/bin

FROM python:3.11-slim AS runtime
# A fixed number, so that volumes and folders of the host keep their owner from image to image.
RUN groupadd --gid 10001 app \
    && useradd --uid 10001 --gid app --home-dir /tmp --no-create-home \
        --shell /usr/sbin/nologin app
# The root file system is read-only when it runs: what libraries cache goes to /tmp.
ENV HOME=/tmp \
    MPLCONFIGDIR=/tmp/matplotlib \
    PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TZ=UTC \
    DO_NOT_TRACK=true \
    MLFLOW_DISABLE_TELEMETRY=true
LABEL org.opencontainers.image.licenses=MIT

FROM runtime AS mlflow
COPY --from=mlflow-packages /opt/venv /opt/venv
RUN install -d -o app -g app -m 0700 /var/lib/mlflow
# The job runner is for other uses of MLflow and costs eight processes.
ENV MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false
VOLUME /var/lib/mlflow
WORKDIR /var/lib/mlflow
USER 10001:10001
EXPOSE 5000
# One worker: SQLite has one writer, and more of them share no keep-alive speed. The hosts are
# matched with their port, and the list replaces MLflow's own: `mlflow:5000` is how the api
# container calls it. The API asks every two seconds, which is not worth a line of log each.
CMD ["mlflow", "server", \
     "--backend-store-uri=sqlite:////var/lib/mlflow/mlflow.db", \
     "--artifacts-destination=/var/lib/mlflow/artifacts", \
     "--host=0.0.0.0", "--port=5000", "--workers=1", \
     "--allowed-hosts=mlflow:5000,localhost:*,127.0.0.1:*", \
     "--cors-allowed-origins=http://localhost:5000", \
     "--uvicorn-opts=--no-access-log"]
ARG RAKUTEN_GIT_COMMIT=""
ENV RAKUTEN_GIT_COMMIT=$RAKUTEN_GIT_COMMIT
LABEL org.opencontainers.image.title="Rakuten MLOps: model registry" \
      org.opencontainers.image.description="The MLflow server: runs, versions, aliases" \
      org.opencontainers.image.revision=$RAKUTEN_GIT_COMMIT

FROM runtime AS dashboard
COPY --from=dashboard-packages /opt/venv /opt/venv
COPY --from=project /opt/rakuten /opt/rakuten
ENV PYTHONPATH=/opt/rakuten \
    RAKUTEN_HOME=/tmp/rakuten \
    RAKUTEN_HOST=0.0.0.0
WORKDIR /tmp
USER 10001:10001
EXPOSE 8501
CMD ["python", "-m", "rakuten_mlops", "dashboard"]
ARG RAKUTEN_GIT_COMMIT=""
ENV RAKUTEN_GIT_COMMIT=$RAKUTEN_GIT_COMMIT
LABEL org.opencontainers.image.title="Rakuten MLOps: dashboard" \
      org.opencontainers.image.description="Presentation: a client of the API" \
      org.opencontainers.image.revision=$RAKUTEN_GIT_COMMIT

FROM runtime AS api
# No version of cron is pinned: the base image's release decides it, and its fixes are wanted.
# pam_loginuid stamps logins for an audit that a container has not got, and where the engine was
# started from somebody's login it makes cron refuse every job.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends cron \
    && rm -rf /var/lib/apt/lists/* /etc/cron.d/* /etc/cron.daily/* \
    && sed -i '/pam_loginuid/d' /etc/pam.d/cron \
    && install -d -o app -g app -m 0700 /var/lib/rakuten
COPY --from=api-packages /opt/venv /opt/venv
COPY --chmod=0755 deploy/rakuten-mlops.sh /usr/local/bin/rakuten-mlops
COPY --chmod=0755 deploy/api-entrypoint.sh /usr/local/bin/api-entrypoint
COPY --from=project /opt/rakuten /opt/rakuten
ENV PYTHONPATH=/opt/rakuten \
    RAKUTEN_HOME=/var/lib/rakuten \
    RAKUTEN_HOST=0.0.0.0
VOLUME /var/lib/rakuten
WORKDIR /var/lib/rakuten
EXPOSE 8000
# It starts as root, for cron, which runs as nobody else; whatever answers requests, trains or
# ticks is `app`.
ENTRYPOINT ["api-entrypoint"]
ARG RAKUTEN_GIT_COMMIT=""
ENV RAKUTEN_GIT_COMMIT=$RAKUTEN_GIT_COMMIT
LABEL org.opencontainers.image.title="Rakuten MLOps: API" \
      org.opencontainers.image.description="Predictions, training, and the schedule" \
      org.opencontainers.image.revision=$RAKUTEN_GIT_COMMIT
