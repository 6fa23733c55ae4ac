# What the tests need of the system: asked for, and installed where this machine lets us. Sourced by everything.sh.
PANGO=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)

# Install packages of Debian; the run ends at once where that is not possible, and says why.
# :param 1: what needs them; the rest: the packages.
install() {
    local what=$1 listed said
    shift
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        printf '%s need: apt-get install -y %s\n' "$what" "$*" >&2
        exit 1
    fi
    printf 'Installing %s\n' "$*"
    # An old list of packages may do: what cannot be installed from it is told below.
    listed=$(apt-get update -qq 2>&1) || true
    if ! said=$(DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" 2>&1); then
        printf '%s need %s, and apt-get install failed:\n%s\n%s\n' "$what" "$*" "$listed" "$said" >&2
        exit 1
    fi
}

has_pango() {
    python -c 'import weasyprint' >/dev/null 2>&1
}

install_pango() {
    if ! has_pango; then
        install "PDF tests" "${PANGO[@]}"
    fi
    if ! has_pango; then
        printf 'PDF tests need Pango. It is installed, and WeasyPrint does not load:\n' >&2
        python -c 'import weasyprint' >&2 || exit 1
    fi
}

# The browser that the tests themselves would take; prints what is missing.
has_chromium() {
    python -c 'from tests.browser.stage import CURE, chromium
try:
    chromium()
except AssertionError:
    raise SystemExit(CURE)'
}

install_chromium() {
    if ! has_chromium 2>/dev/null; then
        # A browser that CHROMIUM names is somebody's own: another one would not help.
        if [ -n "${CHROMIUM:-}" ]; then
            printf 'CHROMIUM=%s is not there\n' "$CHROMIUM" >&2
            exit 1
        fi
        install "Browser tests" chromium
    fi
    has_chromium || exit 1
}
