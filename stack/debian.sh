#!/bin/sh
# Installs the Debian packages named as arguments that are not here yet, and lets none of them start a daemon: the platform runs
# its own broker, in user space and on its own ports, beside whatever else the machine runs.
set -eu

missing=
for package in "$@"; do
    [ "$(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "Debian packages to install:$missing"

if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "Run as root, or install sudo: apt-get install$missing" >&2; exit 1; }
    exec sudo "$0" "$@"
fi

# Debian asks this file before it starts or restarts a daemon; 101 means no. A machine's own policy is put back at the end.
policy=/usr/sbin/policy-rc.d
kept=
restore() {
    if [ -n "$kept" ]; then mv "$kept" "$policy"; else rm -f "$policy"; fi
}
if [ -e "$policy" ]; then
    kept=$(mktemp "$policy.XXXXXX")
    mv "$policy" "$kept"
fi
trap restore EXIT
trap 'exit 1' INT TERM
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

export DEBIAN_FRONTEND=noninteractive
apt-get update
# shellcheck disable=SC2086 # a list of words
apt-get install --yes --no-install-recommends $missing

# Nor at the next boot: what this script installed is for `make up` alone.
if [ -d /run/systemd/system ]; then
    for package in $missing; do
        case $package in
            rabbitmq-server) systemctl disable rabbitmq-server.service epmd.socket epmd.service 2>/dev/null || true ;;
        esac
    done
fi
