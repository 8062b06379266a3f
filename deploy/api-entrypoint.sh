#!/bin/sh
# Start the api container: owner of the volume, schedule, first training; then the API as app.
set -eu

# A new named volume has the right owner; a folder of the host, or one that root wrote in, has not.
find "$RAKUTEN_HOME" ! -user app -exec chown -h app:app {} +

# cron hands no environment to its jobs, and starts them in the home of root, which app may not
# enter. Only root reads this file, and it holds no administrator's password: a tick logs in as
# the scheduler.
mkdir -p /run/rakuten
(
    umask 077
    unset RAKUTEN_ADMIN_PASSWORD
    {
        export -p
        echo "cd '$RAKUTEN_HOME'"
    } >/run/rakuten/environment
)

setting() {
    setpriv --reuid=app --regid=app --init-groups python -c "
import typer
from rakuten_mlops.commands.terminal import read_settings
typer.run(lambda: print(read_settings().$1 or ''))"
}
schedule=$(setting cron)
drift=$(setting drift_cron)
# It is root's crontab, so that `crontab -l` shows it to `docker compose exec`, and because only
# root may open the log of the container, which the output joins; `rakuten-mlops` becomes app.
{
    echo "# RAKUTEN_SCHEDULE=${RAKUTEN_SCHEDULE:-demo}, times in UTC; -n: never two at a time"
    if [ -n "$schedule" ]; then
        echo "$schedule . /run/rakuten/environment;" \
            'flock -n /run/rakuten/tick.lock rakuten-mlops tick >>/proc/1/fd/1 2>&1'
    fi
    if [ -n "$drift" ]; then
        echo "$drift . /run/rakuten/environment;" \
            'flock -n /run/rakuten/drift.lock rakuten-mlops drift --ask-api >>/proc/1/fd/1 2>&1'
    fi
} | crontab -
cron

# The first start makes the demo's catalogue and trains; later ones find a champion and say so.
# It waits for this start's API, which migrates the database and renews the scheduler's password.
(
    until python -c 'import urllib.request as u; u.urlopen("http://127.0.0.1:8000/healthz")' \
        2>/dev/null; do
        sleep 1
    done
    until rakuten-mlops bootstrap; do
        echo "The first training did not succeed; trying again in 30 seconds"
        sleep 30
    done
) &

exec rakuten-mlops serve
