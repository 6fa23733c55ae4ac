#!/usr/bin/env bash
# Every check and every test; "lint" as first argument stops after the checks. The first failure ends it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

PYTEST=(pytest -n 2 --dist worksteal -m 'not soak')
IN_PROFILES=("${PYTEST[@]}" -q --ds=tests.settings_profile)
# What asks a database in words of its own; the rest is the same on all of them.
ON_DATABASES=(tests/hosts tests/models tests/services)
PANGO=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)

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

install_pango() {
    if python -c 'import weasyprint' >/dev/null 2>&1; then
        return
    fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        printf 'Installing %s\n' "${PANGO[*]}"
        apt-get update -qq >/dev/null || true
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${PANGO[@]}" >/dev/null || true
    else
        printf 'PDF tests need: apt-get install -y %s\n' "${PANGO[*]}"
    fi
}

answers() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Does the test suite's own configuration get in?
lets_us_in() {
    DATABASE=$1 DJANGO_SETTINGS_MODULE=tests.settings python -W ignore -c \
        'import django; django.setup(); from django.db import connection; connection.ensure_connection()' >/dev/null 2>&1
}

on_server() {
    local name=$1 database=$2 port=$3 how=$4
    if ! answers "$port"; then
        printf '\n== %s: nothing answers on port %s of this machine, its run is left out\n' "$name" "$port"
    elif ! lets_us_in "$database"; then
        printf '\n== %s: answers, but does not let us in; set %s. Its run is left out\n' "$name" "$how"
    else
        step "tests in a CRM with profiles on $name" env DATABASE="$database" "${IN_PROFILES[@]}" "${@:5}"
        step "tests on $name" env DATABASE="$database" "${PYTEST[@]}" -q "${ON_DATABASES[@]}"
    fi
}

checks
if [ "${1:-}" = lint ]; then
    exit 0
fi
install_pango
rm -f .coverage
step "tests in a CRM with profiles" "${IN_PROFILES[@]}" "${ON_DATABASES[@]}" tests/management
# That CRM once on a server with all that writes rows, and once more where the types of columns are others.
on_server PostgreSQL postgresql 5432 "PGUSER and PGPASSWORD" "${ON_DATABASES[@]}"
on_server MariaDB mariadb 3306 "MYSQL_USER and MYSQL_PASSWORD" tests/hosts tests/models
if answers 6379; then
    export REDIS_URL=${REDIS_URL:-redis://127.0.0.1:6379/0}
else
    printf '\n== Redis: nothing answers on port 6379 of this machine\n'
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
step "tests" "${PYTEST[@]}" --cov --cov-report=term:skip-covered | tee "$log"
for part in domain drivers hosts services; do
    step "branch coverage of $part" coverage report --format=total --fail-under=95 --include="attendance_devices/$part/*"
done
tail -n 1 "$log"
