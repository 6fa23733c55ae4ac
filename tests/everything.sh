#!/usr/bin/env bash
# Every check and every test. The first failure ends it. As first argument:
#   lint    the checks alone
#   check   the checks, and the quick tests on SQLite in the first CRM: what people run while they work
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tests/install.sh

# For two processors: much of the time of a test is waiting, for sockets and for processes.
WORKERS=${WORKERS:-3}
PYTEST=(pytest -n "$WORKERS" --dist worksteal -m 'not soak')
IN_PROFILES=("${PYTEST[@]}" -q --ds=tests.settings_profile)
# What asks a database in words of its own; the rest is the same on all of them.
ON_DATABASES=(tests/hosts tests/models tests/services tests/resources/test_on_databases.py)
OF_TYPES=(tests/hosts tests/models tests/resources/test_on_databases.py)

step() {
    printf '\n== %s\n' "$1"
    shift
    "$@"
}

checks() {
    step "ruff check" ruff check .
    step "ruff format" ruff format --check .
    step "mypy" mypy
    step "import floors" lint-imports
    step "migrations" python -m django makemigrations --check --dry-run --settings=tests.settings
}

answers() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Does the test suite's own configuration get in?
lets_us_in() {
    DATABASE=$1 DJANGO_SETTINGS_MODULE=tests.settings python -W ignore -c \
        'import django; django.setup(); from django.db import connection; connection.ensure_connection()' >/dev/null 2>&1
}

# :param 5: where all that writes rows is tried on it: "profiles" or "first"; in the other CRM only what minds types of columns.
on_server() {
    local name=$1 database=$2 port=$3 how=$4 whole=$5
    local in_profiles=("${ON_DATABASES[@]}") in_first=("${OF_TYPES[@]}")
    if [ "$whole" = first ]; then
        in_profiles=("${OF_TYPES[@]}") in_first=("${ON_DATABASES[@]}")
    fi
    if ! answers "$port"; then
        printf '\n== %s: nothing answers on port %s of this machine, its run is left out\n' "$name" "$port"
    elif ! lets_us_in "$database"; then
        printf '\n== %s: answers, but does not let us in; set %s. Its run is left out\n' "$name" "$how"
    else
        step "tests in a CRM with profiles on $name" env DATABASE="$database" "${IN_PROFILES[@]}" "${in_profiles[@]}"
        step "tests on $name" env DATABASE="$database" "${PYTEST[@]}" -q "${in_first[@]}"
    fi
}

# Hundreds of processes start below: each would compile the app anew.
unset PYTHONDONTWRITEBYTECODE
checks
if [ "${1:-}" = lint ]; then
    exit 0
fi
if [ "${1:-}" = check ]; then
    # Starting a third worker costs more than it brings here.
    step "quick tests" pytest -n 2 --dist worksteal -q -m 'not soak and not slow'
    exit 0
fi
install_pango
install_chromium
rm -f .coverage
# All that writes rows meets each database and each CRM once: SQLite below, PostgreSQL in the CRM with profiles, MariaDB in the first.
if answers 5432 && lets_us_in postgresql; then
    IN_SQLITE=("${OF_TYPES[@]}" tests/management)
else
    IN_SQLITE=("${ON_DATABASES[@]}" tests/management)
fi
step "tests in a CRM with profiles" "${IN_PROFILES[@]}" --cov --cov-report= "${IN_SQLITE[@]}"
on_server PostgreSQL postgresql 5432 "PGUSER and PGPASSWORD" profiles
on_server MariaDB mariadb 3306 "MYSQL_USER and MYSQL_PASSWORD" first
if answers 6379; then
    export REDIS_URL=${REDIS_URL:-redis://127.0.0.1:6379/0}
else
    printf '\n== Redis: nothing answers on port 6379 of this machine\n'
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
step "tests" "${PYTEST[@]}" --cov --cov-append --cov-report=term:skip-covered | tee "$log"
for part in domain drivers hosts services; do
    step "branch coverage of $part" coverage report --format=total --fail-under=95 --include="attendance_devices/$part/*"
done
tail -n 1 "$log"
