# Sourced by the scripts beside it. Installs packages of the operating system where that is possible without asking,
# otherwise stops with the command to type.

# stop MESSAGE...: one line each, then exit 4, the exit code of this project for a fault of the environment.
stop() {
    printf '%s\n' "$@" >&2
    exit 4
}

# install_system_packages WHAT DEBIAN_NAMES BREW_NAMES
install_system_packages() {
    if command -v apt-get >/dev/null 2>&1; then
        install_with_apt "$1" "$2"
    elif command -v brew >/dev/null 2>&1; then
        echo "Installing $1 with brew: $3"
        # shellcheck disable=SC2086 # several names
        brew install $3 </dev/null || stop "$1 could not be installed. Type:" "    brew install $3" "then make again."
    elif [ "$(uname -s)" = Darwin ]; then
        stop "$1 is missing. Install Homebrew (brew.sh), then type:" "    brew install $3" "and make again."
    else
        stop "$1 is missing, and there is neither apt-get nor brew here." \
            "Install it with this system's package manager (on Debian it is: $2), then make again."
    fi
}

# install_with_apt WHAT DEBIAN_NAMES
install_with_apt() {
    typed="sudo apt-get update && sudo apt-get install --yes --no-install-recommends $2"
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root='sudo -n'
    else
        stop "$1 is missing. Type:" "    $typed" "then make again."
    fi
    echo "Installing $1 with apt-get: $2"
    # shellcheck disable=SC2086 # several words and names
    $as_root apt-get update -qq </dev/null || echo "apt-get update failed; trying with the lists at hand" >&2
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends \
        -o DPkg::Lock::Timeout=300 $2 </dev/null >/dev/null ||
        stop "$1 could not be installed; apt-get says why above. Type:" "    $typed" "then make again."
}
