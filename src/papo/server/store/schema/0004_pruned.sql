-- Sequence numbers are not used again, even if everything has been pruned.
ALTER TABLE conversations ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0; -- seq of the last event that was deleted
-- Conversations without events are deleted; new ones count from the greatest number that any of them had.
CREATE TABLE gone (seq INTEGER NOT NULL);
INSERT INTO gone VALUES (0);
DELETE FROM conversations WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.conversation = conversations.id);
