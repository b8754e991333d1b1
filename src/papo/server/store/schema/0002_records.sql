-- Accounts, registered and permanent channels, bans, presences of always-on users: one row each, as JSON (world.records).
CREATE TABLE records (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
INSERT INTO records SELECT 'channel', key, json_set(record, '$.type', 'ChannelRecord') FROM channels;
DROP TABLE channels;

-- What operators of the server did. Only ever added to.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL,      -- the operator's name, and nick!user@host
    action TEXT NOT NULL,
    details TEXT NOT NULL
);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;

-- The full-text index knows where and by whom as well, so that a search never looks at what it may not show:
-- `place` holds `c` and the conversation's number, and `u` and the sender's nick in hexadecimal.
DROP TABLE search;
DROP VIEW texts;
CREATE VIEW texts AS SELECT
    id,
    body ->> 'text' AS text,
    'c' || conversation || ' u' || lower(hex(lower(substr(body ->> 'source', 1, instr(body ->> 'source', '!') - 1)))) AS place
FROM events;
CREATE VIRTUAL TABLE search USING fts5 (
    text, place, content = 'texts', content_rowid = 'id', columnsize = 0,
    tokenize = "unicode61 remove_diacritics 2"
);
INSERT INTO search (rowid, text, place)
    SELECT texts.id, texts.text, place FROM texts JOIN events USING (id)
    WHERE said = 1 AND id <= (SELECT until FROM indexed);
