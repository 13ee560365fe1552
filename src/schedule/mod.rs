//! A clock in, due jobs done once: the weekly run, dispatch of the outbox, rebuilding the site.
