#!/bin/sh
# Makes what compose.yaml reads, in the folder `secrets` beside it: a master key, a password for the database, and
# the URL with it. Each file belongs to the user of its container and is readable by no one else, so this runs as
# root (sudo). What is there is left alone. Afterwards copy secrets/master.key to where your backups are not.
set -eu
umask 077

if [ "$(id -u)" -ne 0 ]; then
  echo "make-secrets.sh gives files to the users of the containers, so it needs root: sudo $0" >&2
  exit 1
fi

folder="${1:-$(dirname "$0")/secrets}"
mkdir -p "$folder"
# The folder itself may be passed through; its files are closed.
chmod 0711 "$folder"

# put <file> <user>: standard input becomes the file, whole or not at all.
put() {
  cat > "$folder/$1.new"
  chown "$2:$2" "$folder/$1.new"
  chmod 0400 "$folder/$1.new"
  mv "$folder/$1.new" "$folder/$1"
}

if [ ! -e "$folder/master.key" ]; then
  openssl rand -base64 32 | put master.key 10001
  echo "Made $folder/master.key: back it up now, apart from the database."
fi
if [ ! -e "$folder/postgres-password" ]; then
  openssl rand -hex 32 | tr -d '\n' | put postgres-password 999
  rm -f "$folder/database-url"
fi
if [ ! -e "$folder/database-url" ]; then
  echo "postgres://kanda:$(cat "$folder/postgres-password")@postgres:5432/kanda?sslmode=disable" | put database-url 10001
fi
