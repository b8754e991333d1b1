-- Names look alike by Unicode's whole table now, and without what is not seen (world.confusables): all keys are new. Of
-- two accounts that turn out to look alike the older one has the key; both go on.
DELETE FROM unique_keys;
INSERT OR IGNORE INTO unique_keys
    SELECT each.value, records.kind, records.key FROM records, json_each(unique_keys_of(body)) AS each
    ORDER BY body ->> 'created_at_ms';
