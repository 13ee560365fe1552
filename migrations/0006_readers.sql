-- Readers' two buttons at an article's end: how many pressed which, by article and week. Nothing about who pressed.
CREATE TABLE readers_said (
    slug TEXT NOT NULL,
    week TEXT NOT NULL,
    clear BIGINT NOT NULL,
    unclear BIGINT NOT NULL,
    PRIMARY KEY (slug, week)
);

-- So that nobody presses a thousand times: a keyed hash of where a press came from, for fifteen minutes.
CREATE TABLE readers_tries (
    id TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    tried_at BIGINT NOT NULL
);
CREATE INDEX readers_tries_of ON readers_tries (subject, tried_at);

-- Questions that no article answers, as the desk marked them: a topic and a week. `mark` is a keyed hash of the thread, so that one
-- question counts once; nothing leads back from it to a thread that is gone.
CREATE TABLE wanted_articles (
    mark TEXT PRIMARY KEY,
    topic TEXT NOT NULL,
    category TEXT NOT NULL,
    week TEXT NOT NULL
);
