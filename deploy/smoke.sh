#!/usr/bin/env bash
# Prove that the containers work together: build, start, use, break, heal, keep their data.
# Takes some ten minutes, half of them waiting for cron. Needs a Docker engine, curl and python3.
# It runs beside a stack that is up: names, ports and volumes are its own, and are gone at the end.
set -Eeuo pipefail
cd "$(dirname "$0")/.."

export COMPOSE_PROJECT_NAME="rakuten-smoke-$$" COMPOSE_DISABLE_ENV_FILE=1
export IMAGE_PREFIX=rakuten-mlops IMAGE_TAG=smoke
export API_PORT=${API_PORT:-18000} MLFLOW_PORT=${MLFLOW_PORT:-15000}
export DASHBOARD_PORT=${DASHBOARD_PORT:-18501}
export RAKUTEN_SCHEDULE=demo RAKUTEN_GIT_COMMIT=${RAKUTEN_GIT_COMMIT:-0123456789abcdef}
API_PASSWORD=$(python3 -c 'import secrets; print(secrets.token_urlsafe(18))')
export API_PASSWORD
api=http://127.0.0.1:$API_PORT
services=(mlflow api dashboard)
listing='{"designation": "Bouée gonflable licorne pour piscine, avec pompe"}'

say() { printf '[%4d s] %s\n' "$SECONDS" "$*"; }
fail() {
    printf '\nFAILED after %d s: %s\n' "$SECONDS" "$*" >&2
    exit 1
}
finish() {
    local status=$?
    trap - EXIT ERR
    if [ "$status" -ne 0 ]; then
        docker compose ps --all || true
        for service in "${services[@]}"; do
            printf -- '\n--- the end of the log of %s\n' "$service"
            docker compose logs --no-log-prefix --tail 40 "$service" || true
        done
    fi
    docker compose down --volumes --timeout 5 >/dev/null 2>&1 || true
    exit "$status"
}
trap finish EXIT
trap 'fail "line $LINENO: $BASH_COMMAND"' ERR

# The body of a request that must succeed; the status of any.
get() { curl -fsS --max-time 20 -u "admin:$API_PASSWORD" "$api$1"; }
body=(--header 'content-type: application/json' --data "$listing")
predict() { curl -fsS --max-time 20 -u "admin:$API_PASSWORD" "${body[@]}" "$api/predict"; }
status() { curl -s --max-time 20 -o /dev/null -w '%{http_code}' "$@" || true; }
# A value out of JSON, as a Python expression over `it`.
pick() { python3 -c "import json, sys; it = json.load(sys.stdin); print($1)"; }
served() { predict | pick 'it["model_version"]'; }
registry() { get /readyz | pick 'it["registry"]'; }
container() { docker compose ps --quiet "$1"; }
inside() { docker compose exec -T "$@"; }

expect() {
    local what=$1 wanted=$2 got=$3
    [ "$got" = "$wanted" ] || fail "$what: expected '$wanted', got '$got'"
    say "  ok: $what: $got"
}
# Until a command succeeds, for so many seconds at most.
eventually() {
    local seconds=$1 what=$2 began=$SECONDS
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ $((SECONDS - began)) -lt "$seconds" ] || fail "$what: not within $seconds s"
        sleep 2
    done
    say "  ok: $what, after $((SECONDS - began)) s"
}

say "a missing password is refused with a remedy"
(unset API_PASSWORD && docker compose config --quiet 2>&1 || true) | grep -q 'API_PASSWORD' \
    || fail "compose starts without API_PASSWORD"

say "build the images"
docker compose build --quiet
for service in "${services[@]}"; do
    image="$IMAGE_PREFIX-$service:$IMAGE_TAG"
    size=$(docker image inspect --format '{{.Size}}' "$image")
    label='{{index .Config.Labels "org.opencontainers.image.revision"}}'
    [ "$(docker image inspect --format "$label" "$image")" = "$RAKUTEN_GIT_COMMIT" ] \
        || fail "$image does not say which commit it is made of"
    say "  $image: $((size / 1000000)) MB"
done

say "start, with the first catalogue and training"
docker compose up --detach --wait --quiet-pull >/dev/null 2>&1 || fail "the stack does not start"
version=$(served) # no waiting here: --wait came back, so it must answer
say "  ok: version $version answers: $(predict | pick 'it["prdtypecode"], it["category"]')"

expect "its commit" "$RAKUTEN_GIT_COMMIT" \
    "$(get "/models/$version" | pick 'it["lineage"]["git_commit"]')"

say "who may call"
expect "alive, without credentials" 200 "$(status "$api/healthz")"
for path in /readyz /metrics /training /models; do
    expect "$path without credentials" 401 "$(status "$api$path")"
done
expect "predict without credentials" 401 "$(status "${body[@]}" "$api/predict")"
expect "predict with a wrong password" 401 \
    "$(status -u admin:wrong-password "${body[@]}" "$api/predict")"
expect "the dashboard" 200 "$(status "http://127.0.0.1:$DASHBOARD_PORT/")"
expect "MLflow's pages" 200 "$(status "http://127.0.0.1:$MLFLOW_PORT/")"
search="http://127.0.0.1:$MLFLOW_PORT/api/2.0/mlflow/registered-models/search?max_results=1"
expect "MLflow's API under a foreign name" 403 "$(status -H 'Host: evil.example' "$search")"

say "what a container may do"
addresses='{{range .NetworkSettings.Ports}}{{range .}}{{.HostIp}} {{end}}{{end}}'
for service in "${services[@]}"; do
    expect "$service is published on" "127.0.0.1 " \
        "$(docker inspect --format "$addresses" "$(container "$service")")"
    ! inside --user 0 "$service" touch /probe 2>/dev/null || fail "$service can write to /"
    # Name and user of every process but this check's own.
    # shellcheck disable=SC2016
    processes=$(inside "$service" sh -c 'for each in /proc/[0-9]*; do
        [ "$each" = "/proc/$$" ] || echo "$(stat -c %u "$each"):$(cat "$each/comm")"
        done 2>/dev/null' | sort -u)
    # In the api, cron and the shells that it starts are root's; nothing of ours is.
    [ "$service" = api ] && root='^0:(python|rakuten|uvicorn)' || root='^0:'
    ! grep -qE "$root" <<<"$processes" || fail "$service runs as root: $processes"
    grep -q '^10001:' <<<"$processes" || fail "$service does not run as app: $processes"
    say "  ok: $service: read-only, and its processes are ${processes//$'\n'/ }"
done

say "the schedule"
inside api sh -lc 'crontab -l' | grep -F '*/5 * * * *' | grep -qF 'rakuten-mlops tick' \
    || fail "crontab -l does not show the schedule"
say "  ok: $(inside api sh -lc 'crontab -l' | tail -1)"
scheduled='[job for job in it["jobs"] if job["trigger"] == "schedule"
    and job["state"] not in ("queued", "running")]'
ended_by_schedule() { get /training | pick "($scheduled)[0]['id']"; }
# At the next minute that five divides, plus a training.
eventually 420 "cron made a retraining" ended_by_schedule
job=$(get /training | pick "($scheduled)[-1]['id']")
expect "training job $job" succeeded "$(get "/training/$job" | pick 'it["state"]')"
say "  its message: $(get "/training/$job" | pick 'it["message"]')"
expect "the catalogue's revision, with what arrived" 2 "$(get /catalog | pick 'it["revision"]')"
in_the_log() { docker compose logs --no-log-prefix api | grep -F "Training job $job:"; }
eventually 15 "the tick's outcome is in the log of the container" in_the_log

say "another schedule, by one setting; the data stays"
RAKUTEN_SCHEDULE=off docker compose up --detach --wait api >/dev/null 2>&1 || fail "off fails"
! inside api sh -lc 'crontab -l' | grep -q tick || fail "the schedule is not off"
version=$(served)
moment=$(get /readyz | pick 'it["serving_since"]')

say "the API is killed"
before=$(docker inspect --format '{{.RestartCount}}' "$(container api)")
# shellcheck disable=SC2016
inside --user app api sh -c 'for each in /proc/[0-9]*; do
    tr "\0" " " <"$each/cmdline" | grep -q "python -m rakuten_mlops [s]erve" \
        && kill -9 "${each#/proc/}"
    done 2>/dev/null' || true # the container ends, and this shell with it
restarted() { [ "$(docker inspect --format '{{.RestartCount}}' "$(container api)")" -gt "$before" ]; }
eventually 30 "the container came back by itself" restarted
eventually 60 "predictions are answered again" predict
expect "version after the kill" "$version" "$(served)"
expect "in production since" "$moment" "$(get /readyz | pick 'it["serving_since"]')"

say "MLflow is away"
docker compose stop --timeout 5 mlflow >/dev/null 2>&1
registry_is_away() { registry | grep away; }
expect "version without MLflow" "$version" "$(served)"
eventually 90 "/readyz says that the registry is away" registry_is_away
say "  it says: $(registry)"
docker compose restart --timeout 15 api >/dev/null 2>&1
eventually 60 "predictions are answered after a restart without MLflow" predict
expect "version after it" "$version" "$(served)"
eventually 90 "/readyz says again that the registry is away" registry_is_away
docker compose start mlflow >/dev/null 2>&1
registry_is_back() { [ "$(registry)" = ok ]; }
eventually 120 "/readyz says that the registry is back" registry_is_back

say "down and up again: the data stays"
inside api rakuten-mlops users add newcomer --role client --password a-newcomers-password >/dev/null
jobs=$(get '/training?limit=1000' | pick 'len(it["jobs"])')
docker compose down --timeout 15 >/dev/null 2>&1
# The administrator's password counts at the first start only.
API_PASSWORD="another-$API_PASSWORD" RAKUTEN_SCHEDULE=off \
    docker compose up --detach --wait >/dev/null 2>&1 || fail "it does not start again"
expect "version" "$version" "$(served)"
expect "production in the registry" "$version" "$(get /models | pick 'it["production"]')"
expect "jobs in the history" "$jobs" "$(get '/training?limit=1000' | pick 'len(it["jobs"])')"
expect "a user who was added" 200 "$(status -u newcomer:a-newcomers-password "$api/readyz")"
expect "the administrator, with the first password" 200 \
    "$(status -u "admin:$API_PASSWORD" "$api/readyz")"

printf '\nPASSED in %d s\n' "$SECONDS"
