-- The newest instant that a process has seen on this city's clock, so that a clock that jumps is noticed before anything is sent or erased. One row.
CREATE TABLE clock (
  one BIGINT NOT NULL PRIMARY KEY,
  seen_at BIGINT NOT NULL,
  confirmed_at BIGINT                      -- when somebody last said that the clock was right
);

-- outbox.outcome may also be 'expired': a letter that waited until a newer week's took its place, or for a week.
