-- What recognises a message that is sent again, for a day: hashes of what its client sent (world.nonce).
CREATE TABLE nonces (
    id INTEGER PRIMARY KEY,         -- of the message in `events`
    key BLOB NOT NULL UNIQUE,       -- of the client's token
    request BLOB NOT NULL,          -- of target and text
    sender TEXT NOT NULL,           -- id of the account; '' for a guest
    at_ms INTEGER NOT NULL
);
