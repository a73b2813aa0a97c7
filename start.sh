#!/usr/bin/env bash
# Starts claude-tracker from this folder. The first start creates .venv and installs the dependencies.
#
#   ./start.sh                   run the tracker
#   ./start.sh --listen …        run it with options
#   ./start.sh COMMAND …         any command of claude-tracker
#   ./start.sh install           install or update claude-tracker in a folder of its own; this one may then be deleted
#   ./start.sh install --back    go back to the version before the last update
#   ./start.sh test [ARGS…]      run every check, pytest last (ARGS go to pytest)
#   ./start.sh test --quick      only checks that need no server and no browser
#   ./start.sh test --long       every check, long tests in full
#   ./start.sh bench [ARGS…]     run the benchmarks (see --help)
#   ./start.sh pictures          make the pictures of the documentation again, of the demo
#   ./start.sh docs              serve the documentation as a site on 127.0.0.1:8000
#   ./start.sh docs build        build the site into .site
#
# .venv belongs to this script, which rebuilds it if it is broken, incomplete, or was moved.
# Also runs on bash 3.2, which macOS has.
set -euo pipefail
unset CDPATH PYTHONHOME

say() { printf 'start.sh: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# The folder of this script, also when it is called through a symlink.
home_of() {
  local path=$1 target
  while [ -L "$path" ]; do
    target=$(readlink "$path")
    case $target in /*) path=$target ;; *) path=$(dirname "$path")/$target ;; esac
  done
  cd -P "$(dirname "$path")" && pwd
}

root=$(home_of "${BASH_SOURCE[0]}")
venv=$root/.venv

# ---------------------------------------------------------------------------------------------- finding a Python

version_of() { "$1" -E -S -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null; }
has_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }
new_enough() { [[ $1 =~ ^([0-9]+)\.([0-9]+)\. ]] && (( BASH_REMATCH[1] * 100 + BASH_REMATCH[2] >= 311 )); }

# Sets `python` to the first suitable Python, and `version` to its version.
find_python() {
  local old='' bare=''
  for python in ${PYTHON:+"$PYTHON"} python3.14 python3.13 python3.12 python3.11 python3; do
    version=$(version_of "$python") || continue
    if ! new_enough "$version"; then
      old=${old:-$python is $version}
    elif ! has_venv "$python"; then
      bare=${bare:-$python $version}
    else
      return 0
    fi
  done
  [ -z "$bare" ] || die "$bare has no venv module (on Debian and Ubuntu: apt install python3-venv)"
  die "needs Python 3.11 or newer, ${old:-found none} (set PYTHON=/path/to/python3)"
}

# ---------------------------------------------------------------------------------------------------- installing

# What .venv was made for: this folder (its scripts contain the path) and this Python version.
base() {
  local version
  version=$(version_of "$venv/bin/python") || version=broken
  printf '%s\n%s\n' "$root" "${version%.*}"
}

# If the stamp is unchanged, nothing needs installing. `stamp` is for the tracker, `stamp-dev` for the dev group.
stamp() { base && cksum <"$root/pyproject.toml"; }
read_stamp() { [ ! -f "$venv/$1" ] || cat "$venv/$1"; }
write_stamp() { printf '%s\n' "$2" >"$venv/$1.new" && mv "$venv/$1.new" "$venv/$1"; }
is_installed() { [ -x "$venv/bin/claude-tracker" ] && [ "$(read_stamp "$1")" = "$(stamp)" ]; }

# On a terminal pip shows its progress, in a pipe only errors.
pip_install() {
  local quiet=--quiet
  [ ! -t 2 ] || quiet=
  "$venv/bin/python" -m pip install --disable-pip-version-check $quiet "$@" >&2 ||
    die 'pip failed to install the dependencies; the next start retries'
}

make_venv() {
  find_python
  say "creating .venv with Python $version"
  "$python" -m venv --clear "$venv" >&2 || die "could not create $venv"
}

# A changed pyproject.toml is installed over the existing .venv; any other change starts with an empty one.
# The stamp is removed first and written last, so that an interrupted install is repeated.
install_tracker() {
  local now
  case $(read_stamp stamp) in
    "$(base)"*) rm -f "$venv/stamp" "$venv/stamp-dev" ;;
    *) make_venv ;;
  esac
  say 'installing claude-tracker'
  now=$(stamp)
  pip_install --editable "$root"
  write_stamp stamp "$now"
}

# The pip that comes with Python 3.11 does not know --group.
install_dev() {
  local now
  say 'installing the development tools'
  now=$(stamp)
  pip_install --upgrade 'pip>=25.1'
  pip_install --group "$root/pyproject.toml:dev"
  write_stamp stamp-dev "$now"
}

# A lock is a symlink to the holder's process id: it can be created atomically.
# Two starts must not install at the same time. A lock whose process has ended is removed.
take_lock() {
  lock=$1
  local holder waiting='' failed=0
  until ln -sn $$ "$lock" 2>/dev/null; do
    if ! holder=$(readlink "$lock"); then
      failed=$((failed + 1))
      [ $failed -lt 10 ] || die "cannot write to ${lock%/*}"
    elif ! kill -0 "$holder" 2>/dev/null; then
      rm -f "$lock"
    else
      [ -n "$waiting" ] || say "another start.sh is installing (process $holder); waiting (if it is not running: rm $lock)"
      waiting=yes
      sleep 0.2
    fi
  done
  trap unlock EXIT
}
unlock() { rm -f "$lock" && trap - EXIT; }

# ensure STAMP INSTALL
ensure() {
  ! is_installed "$1" || return 0
  take_lock "$root/.venv.lock"
  is_installed "$1" || "$2"
  unlock
}

# -------------------------------------------------------------------------------------- installing for good, updating

# Every version has a virtual environment of its own, so that the one in use works until the new one is complete.
# exporter/installation does the rest: it stops and starts what runs, and migrates the database.
install_app() {
  local data=${XDG_DATA_HOME:-} version number=1
  [[ $data == /* ]] || data=$HOME/.local/share
  app=$data/claude-tracker/app
  case $* in
    '') ;;
    --back)
      [ -x "$app/current/bin/claude-tracker" ] || die "nothing is installed in $app"
      exec "$app/current/bin/claude-tracker" rollback
      ;;
    *) die "install has one option: --back" ;;
  esac
  find_python
  mkdir -p "$app" || die "cannot create $app"
  take_lock "$app/.lock"
  version=$(package_version)
  while [ -e "$app/$version-$number" ]; do number=$((number + 1)); done
  new=$app/$version-$number
  trap discard_new EXIT
  trap 'exit 130' HUP INT TERM
  say "installing claude-tracker $version into $new"
  "$python" -m venv "$new" >&2 || die "could not create $new"
  install_into_new || die 'pip failed to install claude-tracker; the version in use is unchanged'
  "$new/bin/claude-tracker" activate
  new=
}

# The package's version, from the one file that has it.
package_version() {
  local name value rest
  while IFS='"' read -r name value rest; do
    [ "$name" != '__version__ = ' ] || printf '%s' "$value"
  done <"$root/exporter/__init__.py"
}

install_into_new() {
  local quiet=--quiet
  [ ! -t 2 ] || quiet=
  "$new/bin/python" -m pip install --disable-pip-version-check $quiet "$root" >&2
}

# What is not complete is removed.
discard_new() {
  [ -z "$new" ] || rm -rf "$new"
  unlock
}

# ------------------------------------------------------------------------------------------------------ starting

check() {
  say "$*"
  "$@"
}

# Ends with pytest's own last line. The coverage goal applies only to a run of all tests.
run_checks() {
  ensure stamp-dev install_dev
  cd "$root"
  export PATH="$venv/bin:$PATH"
  unset PYTHONDONTWRITEBYTECODE # or each of the hundreds of processes that the tests start compiles everything again
  check ruff format --check
  check ruff check
  check mypy
  check lint-imports
  case $* in
    '' | --long) set -- --numprocesses=auto --cov=exporter "$@" ;;
    --quick*) set -- --numprocesses=auto "$@" ;;
    *) set -- --cov=exporter --cov-fail-under=0 "$@" ;;
  esac
  say pytest
  exec pytest "$@"
}

run_benchmarks() {
  ensure stamp-dev install_dev
  PYTHONPATH="$root:$root/tests" exec "$venv/bin/python" -m benchmarks "$@"
}

# Further arguments go to MkDocs, such as --dev-addr 127.0.0.1:8123.
run_docs() {
  local command=serve
  case ${1-} in build | serve) command=$1 && shift ;; esac
  ensure stamp-dev install_dev
  export NO_MKDOCS_2_WARNING=1 # what the theme says about the future of MkDocs
  exec "$venv/bin/mkdocs" "$command" --strict --config-file "$root/docs/site/mkdocs.yml" "$@"
}

# Further arguments go to pytest, such as -k page.
run_pictures() {
  ensure stamp-dev install_dev
  cd "$root"
  export PATH="$venv/bin:$PATH" CLAUDE_TRACKER_PICTURES=$root/docs CLAUDE_TRACKER_REQUIRE_SERVICES=1
  exec pytest --no-cov tests/pictures "$@"
}

if [ "${1-}" = install ]; then
  shift
  install_app "$@"
  exit
fi
ensure stamp install_tracker
[ $# -gt 0 ] || set -- run
case $1 in
  test) shift && run_checks "$@" ;;
  bench) shift && run_benchmarks "$@" ;;
  docs) shift && run_docs "$@" ;;
  pictures) shift && run_pictures "$@" ;;
  -h) shift && set -- --help "$@" ;;
  --help | --version) ;;
  -*) set -- run "$@" ;;
esac
export CLAUDE_TRACKER_CALLED_AS=$0 # messages name commands in this form
exec "$venv/bin/claude-tracker" "$@"
