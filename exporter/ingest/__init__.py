"""Catches the store up with what lies outside: idempotent, incremental, the only writer of usage."""
