-- Run once, when the volume is new.
CREATE TABLE visits (
    number serial PRIMARY KEY,
    replica text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
