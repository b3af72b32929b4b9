#!/bin/sh
# Makes deploy/.env of deploy/example.env, or adds to it what is new there, and fills in every
# password and secret that stands empty. What has a value keeps it. Needs no more than a POSIX shell.
set -eu
umask 077
cd "$(dirname "$0")"

[ -e .env ] || cp example.env .env
chmod 600 .env
[ -z "$(tail -c 1 .env)" ] || echo >> .env
grep -E '^[A-Z_]+=' example.env | while IFS= read -r line; do
  grep -q "^${line%%=*}=" .env || printf '%s\n' "$line" >> .env
done

while IFS= read -r line || [ -n "$line" ]; do
  case $line in
    *_PASSWORD= | ACCESS_SECRET=) line=$line$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n') ;;
  esac
  printf '%s\n' "$line"
done < .env > .env.new
mv .env.new .env
