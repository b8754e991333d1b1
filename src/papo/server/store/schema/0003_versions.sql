-- Accounts and channels count their changes, so that a stale one is refused.
UPDATE records SET body = json_set(body, '$.version', 1) WHERE kind IN ('account', 'channel');

-- What at most one record may have (world.records.unique_keys_of, which is a function of the connection here).
CREATE TABLE unique_keys (
    value TEXT PRIMARY KEY,
    kind TEXT NOT NULL,     -- of the record that has it
    key TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX unique_keys_of_record ON unique_keys (kind, key);
INSERT OR IGNORE INTO unique_keys
    SELECT each.value, records.kind, records.key FROM records, json_each(unique_keys_of(body)) AS each;
