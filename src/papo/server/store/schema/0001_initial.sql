-- Conversations: channels by key, private ones by both identities with a space between.
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    one TEXT,    -- the two identities of a private conversation; NULL for channels
    other TEXT
);
CREATE INDEX conversations_of_one ON conversations (one) WHERE one IS NOT NULL;
CREATE INDEX conversations_of_other ON conversations (other) WHERE other IS NOT NULL;

-- Everything that happened, in commit order. An event about several channels has a row in each.
CREATE TABLE events (
    id INTEGER PRIMARY KEY,         -- commit order over all conversations; also the row in `search`
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,           -- 1, 2, 3 … within the conversation, without holes
    msgid TEXT NOT NULL,            -- begins with its time, so times are found by it
    at_ms INTEGER NOT NULL,
    era INTEGER NOT NULL,           -- 0, or the creation time of the private channel that may read it
    rank INTEGER NOT NULL,          -- least rank of a member who may read it
    said INTEGER NOT NULL,          -- 1 for PRIVMSG and NOTICE
    body TEXT NOT NULL              -- the event as JSON
);
-- With what a reader may see in it: a page of messages among a million joins reads no row in vain.
CREATE UNIQUE INDEX events_by_seq ON events (conversation, seq, said, era, rank);
CREATE UNIQUE INDEX events_by_msgid ON events (conversation, msgid);

-- Full text of messages. The texts themselves stay in `events`; accents do not matter in a search.
CREATE VIEW texts AS SELECT id, body ->> 'text' AS text FROM events;
CREATE VIRTUAL TABLE search USING fts5 (
    text, content = 'texts', content_rowid = 'id', columnsize = 0,
    tokenize = "unicode61 remove_diacritics 2"
);
-- The index follows in steps of many messages, which costs a tenth; after a crash it catches up from here.
CREATE TABLE indexed (until INTEGER NOT NULL); -- events.id of the last event looked at
INSERT INTO indexed VALUES (0);

CREATE TABLE markers (
    identity TEXT NOT NULL,
    target TEXT NOT NULL,
    read_at_ms INTEGER NOT NULL,
    PRIMARY KEY (identity, target)
) WITHOUT ROWID;

-- Permanent channels as they were last; their past is in `events`.
CREATE TABLE channels (
    key TEXT PRIMARY KEY,
    record TEXT NOT NULL
) WITHOUT ROWID;
