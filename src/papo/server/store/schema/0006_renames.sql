-- A conversation keeps its rows when its channel is renamed, and what was said before reads as if said under the new name.
ALTER TABLE conversations ADD COLUMN title TEXT; -- the channel's name as of its last renaming; NULL: never renamed

-- What a conversation was called before: files name their conversation as of when they were sent.
CREATE TABLE former_names (
    name TEXT NOT NULL,
    until_ms INTEGER NOT NULL,      -- when it was renamed
    conversation INTEGER NOT NULL,  -- conversations.id
    PRIMARY KEY (name, until_ms)
) WITHOUT ROWID;
