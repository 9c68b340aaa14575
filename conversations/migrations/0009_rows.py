"""Makes the tables of conversations in PostgreSQL (conversations/postgresql/). Records and journals are only ever
added to: their bytes are those that a file would have. On SQLite, which is no home of conversations, nothing is made."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

PARTITIONS = 16
"""By the hash of the conversation's id, from the start, so that they can be spread over machines later."""

PARTITIONED = {
    # `format_error`: why nothing may be written behind its first record; empty where it may. `generation`
    # counts how often what was there before was replaced. `has_open_end`: it came from a file whose last line had
    # no end; who appends ends it. Moments are nanoseconds since 1970.
    "stored_conversation": """(
        conversation text COLLATE "C" NOT NULL,
        size bigint NOT NULL,
        generation bigint NOT NULL DEFAULT 0,
        changed_ns bigint NOT NULL,
        trashed_ns bigint,
        format_error text NOT NULL DEFAULT '',
        has_open_end boolean NOT NULL DEFAULT false,
        PRIMARY KEY (conversation)
    )""",
    # `end_offset`: the bytes of the conversation up to and with this line. `line` has its end.
    "record": """(
        conversation text COLLATE "C" NOT NULL,
        end_offset bigint NOT NULL,
        line bytea NOT NULL,
        PRIMARY KEY (conversation, end_offset)
    )""",
    # `process`: who writes it; null where it was left to recovery.
    "journal": """(
        conversation text COLLATE "C" NOT NULL,
        message text COLLATE "C" NOT NULL,
        parent text COLLATE "C",
        process bigint,
        PRIMARY KEY (conversation, message)
    )""",
    "journal_lines": """(
        conversation text COLLATE "C" NOT NULL,
        message text COLLATE "C" NOT NULL,
        number bigint NOT NULL DEFAULT nextval('journal_lines_number'),
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        lines bytea NOT NULL,
        PRIMARY KEY (conversation, message, number)
    )""",
    # Bytes that could not stay where they were.
    "set_aside": """(
        conversation text COLLATE "C" NOT NULL,
        number bigint NOT NULL DEFAULT nextval('journal_lines_number'),
        changed_ns bigint NOT NULL,
        data bytea NOT NULL,
        PRIMARY KEY (conversation, number)
    )""",
}

ALONE = {
    # `died`: it was declared dead, and may write no more. `heartbeat` has a table of its own: whoever appends
    # holds the row here for a moment, and would wait for it.
    "process": "(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, died timestamptz)",
    "heartbeat": "(process bigint PRIMARY KEY, at timestamptz NOT NULL)",
    "purged": "(one boolean PRIMARY KEY DEFAULT true CHECK (one), at timestamptz NOT NULL)",
}

INDEXES = (
    "CREATE INDEX journal_process ON journal (process)",
    "CREATE INDEX journal_parent ON journal (parent)",
)


def statements() -> list[str]:
    made = ["CREATE SEQUENCE journal_lines_number"]
    made += [f"CREATE TABLE {name} {columns}" for name, columns in ALONE.items()]
    for name, columns in PARTITIONED.items():
        made.append(f"CREATE TABLE {name} {columns} PARTITION BY HASH (conversation)")
        made += [
            f"CREATE TABLE {name}_{part} PARTITION OF {name} "
            f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {part})"
            for part in range(PARTITIONS)
        ]
    return [*made, *INDEXES]


def make(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for statement in statements():
            schema_editor.execute(statement)


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TABLE {', '.join((*PARTITIONED, *ALONE))}")
        schema_editor.execute("DROP SEQUENCE journal_lines_number")


class Migration(migrations.Migration):
    dependencies = [("conversations", "0008_comparisons")]
    operations = [migrations.RunPython(make, remove)]
