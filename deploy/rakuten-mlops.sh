#!/bin/sh
# The command line inside the api container. `docker compose exec` arrives as root; what root
# wrote into the volume, the API could not change any more, so it becomes app first.
set -eu
if [ "$(id -u)" = 0 ]; then
    exec setpriv --reuid=app --regid=app --init-groups /opt/venv/bin/python -m rakuten_mlops "$@"
fi
exec /opt/venv/bin/python -m rakuten_mlops "$@"
