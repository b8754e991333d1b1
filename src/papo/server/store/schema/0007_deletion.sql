-- What is deleted leaves no word in the full-text index, and the deletions of before are carried out.
INSERT INTO search (search, rank) VALUES ('secure-delete', 1);
INSERT INTO search (search) VALUES ('optimize');

-- The former texts of a message, which go with it. Messages themselves are not in this index.
CREATE INDEX edits_by_message ON events (conversation, body ->> 'of') WHERE said = 4;

-- A deleted event (said = 9) keeps its place in the sequence, its time and its msgid, and nothing else.
UPDATE events SET body = json_object('type', 'Gone', 'uid', '', 'source', '', 'at_ms', at_ms, 'msgid', msgid)
    WHERE said = 9;

-- Uploaded files that a message linked to before it was deleted or edited: deleted as soon as no message links to them.
CREATE TABLE unlinked (file TEXT PRIMARY KEY) WITHOUT ROWID;

-- The content of the full-text index is messages, and no other event.
DROP VIEW texts;
CREATE VIEW texts AS SELECT
    id,
    body ->> 'text' AS text,
    'c' || conversation || ' u' || lower(hex(lower(substr(body ->> 'source', 1, instr(body ->> 'source', '!') - 1)))) AS place
FROM events WHERE said = 1;
