"""Doses carried home, afterwards: brought back, lost or stolen, counted when called in.

All three are records. A dose brought back unopened frees its day (the claim goes); a lost one does
not: it was handed out.
"""

from alembic import op

revision = "1720_home_doses"
down_revision = "1710_card_at_given"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE home_return (
    reservation_id bigint NOT NULL REFERENCES reservation,
    for_day date NOT NULL,
    part smallint NOT NULL,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    amount_ug bigint NOT NULL CHECK (amount_ug > 0),
    unopened boolean NOT NULL,
    note text,
    received_by integer NOT NULL REFERENCES staff,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (reservation_id, for_day, part),
    FOREIGN KEY (reservation_id, for_day, part) REFERENCES handover
);
CREATE INDEX home_return_person ON home_return (person_id, for_day);
CREATE TABLE loss_report (
    reservation_id bigint NOT NULL REFERENCES reservation,
    for_day date NOT NULL,
    part smallint NOT NULL,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    how text NOT NULL CHECK (how IN ('lost', 'stolen', 'spilt')),
    verified boolean NOT NULL,
    note text NOT NULL,
    reported_by integer NOT NULL REFERENCES staff,
    reported_at timestamptz NOT NULL,
    PRIMARY KEY (reservation_id, for_day, part),
    FOREIGN KEY (reservation_id, for_day, part) REFERENCES handover
);
CREATE INDEX loss_report_person ON loss_report (person_id, for_day);
CREATE TABLE count_back (
    count_back_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    day date NOT NULL,
    counted smallint NOT NULL CHECK (counted >= 0),
    expected_least smallint NOT NULL CHECK (expected_least >= 0),
    expected_most smallint NOT NULL CHECK (expected_most >= expected_least),
    note text,
    counted_by integer NOT NULL REFERENCES staff,
    counted_at timestamptz NOT NULL
);
CREATE INDEX count_back_person ON count_back (person_id, day);
GRANT SELECT, INSERT ON home_return, loss_report, count_back TO dispensing_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dispensing_app;
GRANT SELECT ON home_return, loss_report, count_back TO dispensing_auditor;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
