"""Makes the tables of test sets and their runs in PostgreSQL (conversations/postgresql/testsets.py). On SQLite,
where they are files, nothing is made."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SEQUENCE = "testset_generation"
# Moments are nanoseconds since 1970. `generation`: another one with each change.
TABLES = {
    "testset": """(
        testset text COLLATE "C" NOT NULL PRIMARY KEY,
        generation bigint NOT NULL DEFAULT nextval('testset_generation'),
        changed_ns bigint NOT NULL,
        data bytea NOT NULL
    )""",
    # `going`: it is to go on. `process`: who does it; null where nobody does. `turn` counts how often it changed
    # hands.
    "testset_run": """(
        testset text COLLATE "C" NOT NULL REFERENCES testset ON DELETE CASCADE,
        run text COLLATE "C" NOT NULL,
        size bigint NOT NULL,
        changed_ns bigint NOT NULL,
        going boolean NOT NULL,
        process bigint,
        turn bigint NOT NULL DEFAULT 1,
        PRIMARY KEY (testset, run)
    )""",
    # `end_offset`: the bytes of the run up to and with these.
    "testset_run_lines": """(
        testset text COLLATE "C" NOT NULL,
        run text COLLATE "C" NOT NULL,
        end_offset bigint NOT NULL,
        lines bytea NOT NULL,
        PRIMARY KEY (testset, run, end_offset),
        FOREIGN KEY (testset, run) REFERENCES testset_run ON DELETE CASCADE
    )""",
}
INDEXES = ("CREATE INDEX testset_run_going ON testset_run (testset, run) WHERE going",)


def statements() -> list[str]:
    return [
        f"CREATE SEQUENCE {SEQUENCE}",
        *(f"CREATE TABLE {name} {columns}" for name, columns in TABLES.items()),
        *INDEXES,
    ]


def make(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for statement in statements():
            schema_editor.execute(statement)


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TABLE {', '.join(TABLES)}")
        schema_editor.execute(f"DROP SEQUENCE {SEQUENCE}")


class Migration(migrations.Migration):
    dependencies = [("conversations", "0011_answer_numbers")]
    operations = [migrations.RunPython(make, remove)]
