-- Of the edits of a message only the last one stays: nobody reads what the message said before.
UPDATE events SET
    said = 9,
    body = json_object('type', 'Gone', 'uid', '', 'source', '', 'at_ms', at_ms, 'msgid', msgid)
    WHERE said = 4 AND EXISTS (
        SELECT 1 FROM events AS later
        WHERE later.conversation = events.conversation AND later.body ->> 'of' = events.body ->> 'of'
            AND later.said = 4 AND later.id > events.id
    );

-- No message says that it changes another one: the server accepted such tags unchecked, and clients believed them.
UPDATE events SET
    body = json_remove(body, '$.tags."+draft/edit"', '$.tags."+edit"', '$.tags."+draft/delete"', '$.tags."+delete"')
    WHERE said IN (1, 2) AND (
        body LIKE '%"+draft/edit"%' OR body LIKE '%"+edit"%' OR body LIKE '%"+draft/delete"%' OR body LIKE '%"+delete"%'
    );
