"""Run SQL with the environment's psycopg2: `sql.py DATABASE`, JSON in and out.

A program of its own, because the tools themselves know the standard library only.
"""

import json
import sys

import psycopg2


def main(database):
    connection = psycopg2.connect(dbname=database)  # the rest from PGHOST etc.
    connection.autocommit = True  # CREATE DATABASE allows no transaction
    rows = []
    with connection.cursor() as cursor:
        for statement in json.load(sys.stdin):
            cursor.execute(statement)
            rows = cursor.fetchall() if cursor.description else []
    json.dump(rows, sys.stdout, default=str)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except psycopg2.Error as error:
        sys.exit(f"PostgreSQL: {error}".strip())
