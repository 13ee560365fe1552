-- What has been done to the files once ('vacuum'), and what is still to do ('unswept': rows were deleted whose shadow may stand in a page).
CREATE TABLE upkeep (name TEXT NOT NULL PRIMARY KEY);

-- Threads under watch that were erased with their household or guest: when, and which kinds of danger. Nothing leads back to anybody.
CREATE TABLE erased_watches (
    id TEXT NOT NULL PRIMARY KEY,
    kinds TEXT NOT NULL,                     -- as in a thread's marks, space-separated; '' = not known
    erased_at BIGINT NOT NULL
);
